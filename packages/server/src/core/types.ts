import type { Database } from '../db/database.ts'
import type { Numbered } from '../db/events.ts'
import type { Reach, User, UserId } from '../db/schema.ts'
import type { Audiences } from './audiences.ts'
import type { BlobStore } from './blobs.ts'
import type { Cache } from './cache.ts'
import type { Audience, EphemeralEvent } from './events.ts'
import type { Gathering } from './gathering.ts'
import type { Presence } from './last-seen.ts'
import type { Pages } from './pages.ts'

export type {
  Attachment,
  Conversation,
  ConversationId,
  Cursor,
  Message,
  MessageId,
  NewAttachment,
  Preferences,
  Reach,
  Subject,
  User,
  UserId,
  UserStatus,
} from '../db/schema.ts'

/** Who asks: an authenticated user, through a protocol that can represent some conversations and not others. */
export interface Actor {
  userId: UserId
  reach: Reach
}

/** A session that the host application opened. */
export interface Session {
  /** The hash of the cookie's value, in hex: names the session without opening it. */
  id: string
  userId: UserId
  csrfHash: Buffer
  expiresAt: Date
}

/** All that an operation needs. */
export interface Chat {
  db: Database
  blobs: BlobStore
  presence: Presence
  sessions: Cache<Session>
  users: Cache<User>
  audiences: Audiences
  /** Sends an event that is never stored (typing, presence) to those of the audience who are connected. */
  publish: (event: EphemeralEvent, audience: Audience) => void
  /** Called after a commit that wrote events, so that they are numbered and delivered at once. */
  committed: () => void
  /** Called after a commit that gave its events their places in the log. */
  appended: (batch: Numbered) => void
  /** Messages that wait to be written together. */
  sends: Gathering
  /** Looks at conversations that wait to be taken together. */
  looks: Gathering
  pages: Pages
  /** Called after a commit that left links to look at; not there where nobody looks at any. */
  linksWritten?: (() => void) | undefined
  /** Called when a user's status may have changed. */
  statusChanged: (userId: UserId) => void
}
