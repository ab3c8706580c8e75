// Rows as the statements of this folder return them.

/** The host application's own string, 1 to 255 characters. */
export type UserId = string
export type ConversationId = number
export type MessageId = number

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
  subjectType: string | null
  subjectId: string | null
  messageSeq: number
  changeSeq: number
  lastMessageId: MessageId | null
  createdAt: Date
  updatedAt: Date
}

/** How far one member has come in a conversation. */
export interface Cursor {
  userId: UserId
  readId: MessageId
  deliveredId: MessageId
}

export interface Attachment {
  blobKey: string
  thumbnailKey: string | null
  filename: string
  mimeType: string
  size: number
  width: number | null
  height: number | null
}

export interface Message {
  id: MessageId
  conversationId: ConversationId
  seq: number
  senderId: UserId | null
  type: 'text' | 'image' | 'file' | 'system'
  text: string | null
  attachments: Attachment[]
  createdAt: Date
}

/** What a caller's protocol can represent; undefined means any. */
export interface Reach {
  kind?: Conversation['kind']
  subjectType?: string
}
