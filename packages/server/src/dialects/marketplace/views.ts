import type { Conversation, Message } from '@parley/wire/marketplace'
import type { Overview } from '../../core/conversations.ts'
import { messageStatus } from '../../core/receipts.ts'
import type { Message as CoreMessage, Cursor } from '../../core/types.ts'
import type { BlobUrl } from '../../http/blobs.ts'

/** `2026-02-11T18:51:59+00:00`: whole seconds and an explicit offset, as the document writes times. */
export const timeView = (time: Date): string => `${time.toISOString().slice(0, 19)}+00:00`

export function messageView(message: CoreMessage, cursors: Cursor[], blobUrl: BlobUrl): Message {
  const [image] = message.type === 'image' ? message.attachments : []
  return {
    id: message.id,
    conversation_id: message.conversationId,
    sender_id: message.senderId === null ? null : Number(message.senderId),
    type: message.type === 'file' ? 'text' : message.type,
    text: message.text,
    image_url: image ? blobUrl(image.blobKey) : null,
    image_thumbnail: image?.thumbnailKey ? blobUrl(image.thumbnailKey) : null,
    status: messageStatus(message, cursors),
    created_at: timeView(message.createdAt),
  }
}

export function conversationView(overview: Overview, blobUrl: BlobUrl): Conversation {
  const { conversation, lastMessage, cursors, unread } = overview
  return {
    id: conversation.id,
    product: productView(overview),
    companion: companionView(overview),
    last_message: lastMessage && messageView(lastMessage, cursors, blobUrl),
    unread_count: unread,
    created_at: timeView(conversation.createdAt),
    updated_at: timeView(conversation.updatedAt),
  }
}

export function productView({ conversation, subject }: Overview): Conversation['product'] {
  const { price, status, imageUrl } = subject?.details ?? {}
  return {
    id: Number(conversation.subjectId),
    title: subject?.title ?? '',
    price: typeof price === 'number' ? price : 0,
    status: typeof status === 'string' ? status : 'archived',
    image_url: typeof imageUrl === 'string' ? imageUrl : null,
  }
}

export function companionView({ companion }: Overview): Conversation['companion'] {
  return {
    id: Number(companion?.id),
    display_name: companion?.displayName ?? '',
    avatar_url: companion?.avatarUrl ?? null,
  }
}
