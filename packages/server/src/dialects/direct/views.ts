import type { DirectServerEvents, Message, Room } from '@parley/wire/direct'
import type { Overview } from '../../core/conversations.ts'
import type { ConversationId, Message as CoreMessage, MessageId, UserId } from '../../core/types.ts'
import { fromUuid, toUuid } from '../../core/uuids.ts'
import { namedUrl } from '../../http/blobs.ts'
import type { BlobUrl } from '../../http/blobs.ts'

export const roomId = (id: ConversationId): string => toUuid('conversation', id)
export const parseRoomId = (text: string): ConversationId | null => fromUuid('conversation', text)
const messageId = (id: MessageId): string => toUuid('message', id)

export function roomView({ conversation, lastMessage }: Overview, pair: [UserId, UserId]): Room {
  const [participant1, participant2] = pair[0] < pair[1] ? pair : [pair[1], pair[0]]
  return {
    id: roomId(conversation.id),
    participant1,
    participant2,
    created_at: conversation.createdAt.toISOString(),
    updated_at: conversation.updatedAt.toISOString(),
    last_message_at: lastMessage && lastMessage.createdAt.toISOString(),
  }
}

export function messageView(message: CoreMessage, blobUrl: BlobUrl): Message {
  return {
    id: messageId(message.id),
    room_id: roomId(message.conversationId),
    sender_id: message.senderId,
    body: bodyView(message, blobUrl),
    created_at: message.createdAt.toISOString(),
  }
}

/** Files are lines of their own. */
function bodyView({ text, attachments, deletedAt }: CoreMessage, blobUrl: BlobUrl): string {
  if (deletedAt) return ''
  return [text, ...attachments.map((file) => namedUrl(blobUrl, file))].filter(Boolean).join('\n')
}

export function listUpdateView({
  room_id,
  body,
  sender_id,
  created_at,
}: Message): DirectServerEvents['chat_list_update'] {
  return { room_id, last_message: body, sender_id, updated_at: created_at }
}
