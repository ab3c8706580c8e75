import type {
  Attachment,
  Conversation,
  Message,
  Preferences,
  SharedConversation,
  UploadTicket,
} from '@parley/wire/workspace'
import type { Overview } from '../../core/conversations.ts'
import type { Ticket } from '../../core/tickets.ts'
import type { Reaction } from '../../core/reactions.ts'
import type {
  Attachment as CoreAttachment,
  Conversation as CoreConversation,
  Message as CoreMessage,
  Preferences as CorePreferences,
} from '../../core/types.ts'
import { namedUrl } from '../../http/blobs.ts'
import type { BlobUrl } from '../../http/blobs.ts'
import { uploadHeaders } from '../../http/uploads.ts'

/** Where the file of a ticket is uploaded to. */
export type UploadUrl = (ticket: Ticket) => string

const timeView = (time: Date | null): string | null => time && time.toISOString()

/** Of those who have read nothing yet the cursor stands at 0. */
const idView = (id: number | null): string | null => (id ? String(id) : null)

export function messageView(message: CoreMessage, reactions: Reaction[], blobUrl: BlobUrl): Message {
  return {
    id: String(message.id),
    conversationId: String(message.conversationId),
    seq: message.seq,
    senderId: message.senderId,
    type: message.type === 'system' ? 'system' : 'text',
    content: message.text ?? '',
    clientMsgId: message.clientKey,
    replyToId: idView(message.replyToId),
    mentions: message.mentions,
    attachments: message.attachments.map((attachment) => attachmentView(attachment, blobUrl)),
    linkPreviews: message.linkPreviews,
    reactions,
    pinnedAt: timeView(message.pinnedAt),
    editedAt: timeView(message.editedAt),
    deletedAt: timeView(message.deletedAt),
    createdAt: message.createdAt.toISOString(),
  }
}

export function attachmentView(attachment: CoreAttachment, blobUrl: BlobUrl): Attachment {
  const { id, filename, mimeType, size, width, height, blobKey, thumbnailKey } = attachment
  return {
    id: String(id),
    filename,
    mimeType,
    size,
    width,
    height,
    url: width === null ? namedUrl(blobUrl, attachment) : blobUrl(blobKey),
    thumbnailUrl: thumbnailKey === null ? null : blobUrl(thumbnailKey),
  }
}

export function ticketView(ticket: Ticket, uploadUrl: UploadUrl): UploadTicket {
  return {
    attachmentId: String(ticket.attachmentId),
    uploadUrl: uploadUrl(ticket),
    headers: uploadHeaders(ticket),
    expiresAt: ticket.expiresAt.toISOString(),
  }
}

/** A conversation as everybody sees it. */
export function sharedConversationView(conversation: CoreConversation): SharedConversation {
  const { kind, visibility, historyMode, name, description, createdBy } = conversation
  return {
    id: String(conversation.id),
    type: typeView(kind),
    visibility,
    historyMode,
    name,
    description,
    createdBy,
    archivedAt: timeView(conversation.archivedAt),
    createdAt: conversation.createdAt.toISOString(),
    updatedAt: conversation.updatedAt.toISOString(),
    seq: conversation.changeSeq,
  }
}

function typeView(kind: CoreConversation['kind']): SharedConversation['type'] {
  if (kind === 'direct') return 'dm'
  return kind === 'channel' ? 'channel' : 'group'
}

export function preferencesView({ starred, mutedUntil, notifyLevel }: CorePreferences): Preferences {
  const muteUntil = mutedUntil instanceof Date ? mutedUntil.toISOString() : mutedUntil
  return { starred, muteUntil, notifyLevel }
}

export function conversationView(overview: Overview, reactions: Reaction[], blobUrl: BlobUrl): Conversation {
  const { conversation, subject, members, lastMessage, role, unread, mentions, readId } = overview
  return {
    ...sharedConversationView(conversation),
    subject: subject && { type: subject.type, id: subject.id, title: subject.title, url: subject.url },
    lastMessage: lastMessage && messageView(lastMessage, reactions, blobUrl),
    members: members && { count: members.count, userIds: members.ids },
    role,
    unread,
    mentions,
    readCursor: { lastReadMessageId: idView(readId) },
    preferences: preferencesView(overview.preferences),
  }
}
