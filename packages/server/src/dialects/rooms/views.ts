import type { Attachment, Chat, Message, Participant } from '@parley/wire/rooms'
import type { Overview } from '../../core/conversations.ts'
import type { Participant as CoreParticipant } from '../../core/participants.ts'
import { PURCHASE_REQUEST } from '../../core/purchase-requests.ts'
import type {
  Attachment as CoreAttachment,
  Conversation as CoreConversation,
  Message as CoreMessage,
  Cursor,
} from '../../core/types.ts'
import { namedUrl } from '../../http/blobs.ts'
import type { BlobUrl } from '../../http/blobs.ts'

const timeView = (time: Date | null): string | null => time && time.toISOString()

/** `readers`: how far the present members have come. */
export function messageView(message: CoreMessage, readers: Cursor[], blobUrl: BlobUrl): Message {
  return {
    _id: String(message.id),
    chatId: String(message.conversationId),
    senderId: message.senderId,
    type: message.type,
    content: message.text ?? '',
    replyToMessageId: message.replyToId === null ? null : String(message.replyToId),
    attachments: message.attachments.map((attachment) => attachmentView(attachment, blobUrl)),
    metadata: message.metadata,
    readBy: readBy(message, readers),
    editedAt: timeView(message.editedAt),
    deletedAt: timeView(message.deletedAt),
    timestamp: message.createdAt.toISOString(),
  }
}

function readBy({ id, senderId }: CoreMessage, readers: Cursor[]): string[] {
  const others = readers.filter(({ userId, readId }) => userId !== senderId && readId >= id)
  return [...(senderId === null ? [] : [senderId]), ...others.map(({ userId }) => userId)]
}

function attachmentView(attachment: CoreAttachment, blobUrl: BlobUrl): Attachment {
  const { filename, mimeType, size } = attachment
  return { url: namedUrl(blobUrl, attachment), filename, mimeType, size }
}

export function participantView(participant: CoreParticipant): Participant {
  const { userId, displayName, avatarUrl, role, joinedAt, lastSeenAt, isActive } = participant
  return {
    userId,
    displayName,
    avatarUrl,
    role,
    joinedAt: joinedAt.toISOString(),
    lastSeen: timeView(lastSeenAt),
    isActive,
  }
}

/** `participants`: of this chat, or of a whole page of chats. */
export function chatView(overview: Overview, participants: CoreParticipant[]): Chat {
  const { conversation, subject, lastMessage, unread, isArchived } = overview
  const own = participants.filter(({ conversationId }) => conversationId === conversation.id)
  return {
    _id: String(conversation.id),
    type: typeView(conversation.kind),
    title: conversation.name ?? subject?.title ?? null,
    description: conversation.description,
    participants: own.map(participantView),
    relatedTo: relatedTo(conversation),
    lastMessage: lastMessage && lastMessageView(lastMessage),
    unreadCount: unread,
    unreadCounts: Object.fromEntries(own.map((participant) => [participant.userId, participant.unread])),
    isArchived,
    metadata: conversation.metadata,
    createdAt: conversation.createdAt.toISOString(),
    updatedAt: conversation.updatedAt.toISOString(),
  }
}

/** The reach of the dialect holds no channels. */
const typeView = (kind: CoreConversation['kind']): Chat['type'] => (kind === 'channel' ? 'group' : kind)

function relatedTo({ subjectType, subjectId }: CoreConversation): Chat['relatedTo'] {
  if (subjectType !== PURCHASE_REQUEST || subjectId === null) return null
  return { type: 'PurchaseRequest', id: subjectId }
}

function lastMessageView({ text, attachments, senderId, createdAt }: CoreMessage) {
  const content = text ?? attachments[0]?.filename ?? ''
  return { content, senderId, timestamp: createdAt.toISOString() }
}
