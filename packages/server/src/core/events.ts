import { insertEvents } from '../db/events.ts'
import type { AudienceId } from '../db/audiences.ts'
import type { EventRow } from '../db/events.ts'
import { parseConversation } from '../db/conversations.ts'
import type { Queryable } from '../db/database.ts'
import { parseMessage } from '../db/messages.ts'
import { parsePreferences } from '../db/preferences.ts'
import type {
  Conversation,
  ConversationId,
  Message,
  MessageId,
  Preferences,
  UserId,
  UserStatus,
} from '../db/schema.ts'

/** Who hears of an event: named users, or everybody of an organisation. */
export type Audience = UserId[] | { org: string }

/** The same as the log keeps it: the members of a private conversation have a name in common. */
export type StoredAudience = Audience | { members: AudienceId }

/**
 * Facts, each written in the transaction that made it true. The counts of `unread.changed` are there, and exact, once it is
 * numbered, at its place in the log (see `db/events.ts`).
 */
export type StoredEvent =
  ConversationEvent | MemberEvent | MessageEvent | ReactionEvent | ArchiveEvent | OwnEvent | SessionEvent

type ConversationEvent =
  | { type: 'conversation.created'; conversationId: ConversationId; conversation: Conversation }
  | {
      type: 'conversation.updated'
      conversationId: ConversationId
      conversation: Conversation
      /** Who is still in it, where it was just closed to the organisation. */
      remaining?: UserId[]
    }
  | { type: 'conversation.archived'; conversationId: ConversationId; archivedAt: Date }

type MemberEvent =
  /** Those who were added hear of it too. */
  | { type: 'member.added'; conversationId: ConversationId; userIds: UserId[]; by: UserId }
  /** So does who was removed. Of those who leave `by` is themselves; `heir` owns the conversation from now on. */
  | {
      type: 'member.removed'
      conversationId: ConversationId
      userId: UserId
      by: UserId
      heir: UserId | null
    }

type MessageEvent =
  | { type: 'message.created'; conversationId: ConversationId; message: Message }
  | { type: 'message.updated'; conversationId: ConversationId; message: Message }
  | { type: 'message.deleted'; conversationId: ConversationId; messageId: MessageId; deletedAt: Date }
  | { type: 'message.delivered'; conversationId: ConversationId; userId: UserId; messageId: MessageId }
  | {
      type: 'message.read'
      conversationId: ConversationId
      userId: UserId
      messageId: MessageId
      readAt: Date
    }
  | {
      type: 'message.pinned'
      conversationId: ConversationId
      userId: UserId
      messageId: MessageId
      pinnedAt: Date
    }
  | { type: 'message.unpinned'; conversationId: ConversationId; userId: UserId; messageId: MessageId }

interface ReactionEvent {
  type: 'reaction.added' | 'reaction.removed'
  conversationId: ConversationId
  userId: UserId
  messageId: MessageId
  emoji: string
  /** How many have it on this message now. */
  count: number
}

/** Members have put a conversation out of their own way, or have it back; only they hear of it. */
interface ArchiveEvent {
  type: 'archive.changed'
  conversationId: ConversationId
  userIds: UserId[]
  isArchived: boolean
}

/** What one user sees of a conversation, for that user alone. */
export type OwnEvent =
  | { type: 'conversation.hidden'; conversationId: ConversationId; userId: UserId }
  | { type: 'conversation.restored'; conversationId: ConversationId; userId: UserId }
  | {
      type: 'preferences.changed'
      conversationId: ConversationId
      userId: UserId
      preferences: Preferences
    }
  | { type: 'unread.changed'; conversationId: ConversationId; userId: UserId; counts?: UnreadCounts }

type SessionEvent =
  /** Of null: all there are, whatever they were opened with. */
  | { type: 'session.ended'; conversationId: null; userId: UserId; sessionId: string | null }
  /** To another organisation. */
  | { type: 'user.moved'; conversationId: null; userId: UserId }

interface UnreadCounts {
  /** In this conversation. */
  unread: number
  /** Of these, those that name the user. */
  mentions: number
  /** Of a conversation of two: in all that the user has, with the same kind of subject. Of others: in this one. */
  total: number
}

/** What is only worth something now; never stored. */
export type EphemeralEvent =
  | ({ type: 'typing'; conversationId: ConversationId; userId: UserId; isTyping: boolean } & About)
  | {
      type: 'presence'
      userId: UserId
      online: boolean
      lastSeenAt: Date | null
      /** What those who hear of it share with the user: a conversation of two, or one about something. */
      sharing: 'pair' | 'subject'
    }
  | { type: 'status'; userId: UserId; status: UserStatus }

/** In what an event happened; null where that was in no conversation. */
interface About {
  kind: Conversation['kind'] | null
  subjectType: string | null
  /** Whose conversation it is, beside its members'. */
  org: string | null
}

/** `position` is the event's place in the log, the same for everybody. */
export type LoggedEvent = StoredEvent & About & { position: number; changeSeq: number | null }

export type ChatEvent = LoggedEvent | EphemeralEvent

/** Writes an event beside the change it tells of. `changeSeq` is null where only one user's own view changes. */
export const emit = (
  tx: Queryable,
  event: StoredEvent,
  audience: StoredAudience,
  changeSeq: number | null = null,
): Promise<void> => emitAll(tx, [{ event, audience, changeSeq }])

export interface Emission {
  event: StoredEvent
  audience: StoredAudience
  changeSeq: number | null
}

/** The same for many, in their order. */
export async function emitAll(tx: Queryable, emissions: Emission[]): Promise<void> {
  if (emissions.length === 0) return
  const rows = emissions.map(({ event: { type, conversationId, ...payload }, audience, changeSeq }) => {
    return { type, conversationId, payload, ...audienceColumns(audience), changeSeq }
  })
  await insertEvents(tx, rows)
}

/** The same for many that concern one user each. */
export const emitOwn = (tx: Queryable, events: OwnEvent[]): Promise<void> =>
  emitAll(tx, events.map(ownEmission))

export const ownEmission = (event: OwnEvent): Emission => ({
  event,
  audience: [event.userId],
  changeSeq: null,
})

function audienceColumns(audience: StoredAudience): Pick<EventRow, 'recipients' | 'orgId' | 'audienceId'> {
  const nobody = { recipients: null, orgId: null, audienceId: null }
  if (Array.isArray(audience)) return { ...nobody, recipients: audience }
  return 'org' in audience ? { ...nobody, orgId: audience.org } : { ...nobody, audienceId: audience.members }
}

/** A numbered row as the event that was emitted. */
export function loggedEvent(row: EventRow): LoggedEvent {
  const { type, conversationId, payload, position, changeSeq, kind, subjectType, org } = row
  const facts = Object.fromEntries(
    Object.entries(payload).map(([name, json]) => [name, REVIVED.get(name)?.(json as never) ?? json]),
  )
  // The row was written by emit, hence from a StoredEvent.
  return { ...facts, type, conversationId, position, changeSeq, kind, subjectType, org } as LoggedEvent
}

const parseDate = (text: string) => new Date(text)

/** Fields that JSON does not give back as they were. */
const REVIVED = new Map<string, (json: never) => unknown>([
  ['conversation', parseConversation],
  ['message', parseMessage],
  ['preferences', parsePreferences],
  ['archivedAt', parseDate],
  ['deletedAt', parseDate],
  ['pinnedAt', parseDate],
  ['readAt', parseDate],
])
