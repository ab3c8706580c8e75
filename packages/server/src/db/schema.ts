// Rows as the statements of this folder return them.

/** The host application's own string, 1 to 255 characters. */
export type UserId = string
export type ConversationId = number
export type MessageId = number

/** What users say of themselves; whether they are here at all is another matter. */
export type UserStatus = 'online' | 'away' | 'busy' | 'offline'

export interface User {
  id: UserId
  displayName: string
  avatarUrl: string | null
  role: 'user' | 'support' | 'admin'
  orgId: string | null
  lastSeenAt: Date | null
  createdAt: Date
  erasedAt: Date | null
}

/** The business object that a conversation is about. */
export interface Subject {
  type: string
  id: string
  title: string | null
  url: string | null
  ownerId: UserId | null
  details: Record<string, unknown>
}

export interface Conversation {
  id: ConversationId
  kind: 'direct' | 'group' | 'channel' | 'support'
  /** `org`: everybody of the organisation is a member, without a row for each. */
  visibility: 'private' | 'org'
  /** `since_join`: members see nothing that was written before they came. */
  historyMode: 'all' | 'since_join'
  orgId: string | null
  subjectType: string | null
  subjectId: string | null
  name: string | null
  description: string | null
  /** What the client that started it keeps with it. */
  metadata: Record<string, unknown>
  createdBy: UserId | null
  messageSeq: number
  changeSeq: number
  lastMessageId: MessageId | null
  archivedAt: Date | null
  createdAt: Date
  updatedAt: Date
}

export type MemberRole = 'owner' | 'admin' | 'member'

/** What one member has set for a conversation, for that member alone. */
export interface Preferences {
  starred: boolean
  /** `forever`: until the member turns it back on. */
  mutedUntil: Date | 'forever' | null
  notifyLevel: 'all' | 'mentions' | 'everyone' | 'none'
}

/** How far one member has come in a conversation. */
export interface Cursor {
  userId: UserId
  readId: MessageId
  deliveredId: MessageId
}

export interface Attachment {
  id: number
  blobKey: string
  thumbnailKey: string | null
  filename: string
  mimeType: string
  size: number
  width: number | null
  height: number | null
}

export type NewAttachment = Omit<Attachment, 'id'>

export interface Message {
  id: MessageId
  conversationId: ConversationId
  seq: number
  senderId: UserId | null
  type: 'text' | 'image' | 'file' | 'system'
  text: string | null
  /** The same with formatting, where it was sent with any; safe to show. */
  html: string | null
  clientKey: string | null
  replyToId: MessageId | null
  mentions: UserId[]
  attachments: Attachment[]
  linkPreviews: LinkPreview[]
  /** What the sender's client keeps with it. */
  metadata: Record<string, unknown>
  createdAt: Date
  editedAt: Date | null
  deletedAt: Date | null
  pinnedAt: Date | null
}

/** What a page says of itself. */
export interface LinkPreview {
  url: string
  title: string | null
  description: string | null
  imageUrl: string | null
  siteName: string | null
}

/** What a caller's protocol can represent; undefined means any. */
export interface Reach {
  kinds?: Conversation['kind'][]
  /** About what a conversation may be; empty is about nothing, `*` about anything. */
  subjectTypes?: string[]
  /** The caller's organisation; empty for those who belong to none. */
  org?: string
}
