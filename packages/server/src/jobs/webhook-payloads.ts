import { contentOf } from '../core/html.ts'
import type { Message } from '../core/types.ts'
import { toUuid } from '../core/uuids.ts'
import type { Delivery } from '../db/webhooks.ts'

/** So many characters of its text tell what a message is about. */
const PREVIEW = 200

/** What is sent, in the words of the dialogs dialect; numbers beside its UUIDs, for who uses another one. */
export function bodyOf(delivery: Delivery): string {
  const { id, type, happenedAt } = delivery
  return JSON.stringify({ id, type, timestamp: happenedAt.toISOString(), payload: payloadOf(delivery) })
}

function payloadOf(delivery: Delivery) {
  const { conversationId } = delivery
  const place = {
    dialog_id: toUuid('conversation', conversationId),
    conversation_id: String(conversationId),
  }
  switch (delivery.type) {
    case 'message.new':
      return { ...place, ...messageView(delivery.message) }
    case 'participant.joined':
    case 'participant.left':
      return { ...place, user_id: delivery.userId }
    case 'notification.pending':
      return { ...place, user_id: delivery.userId, message: previewView(delivery.message) }
  }
}

function messageView(message: Message) {
  return {
    ...identityOf(message),
    content: contentOf(message),
    text: message.text,
    message_type: message.type === 'system' ? 'system' : 'user',
    reply_to_id: message.replyToId && toUuid('message', message.replyToId),
    attachments: message.attachments.map(({ id, filename, mimeType, size }) => {
      return { id: toUuid('attachment', id), filename, content_type: mimeType, size }
    }),
  }
}

function previewView(message: Message) {
  return {
    ...identityOf(message),
    content: Array.from(message.text ?? '')
      .slice(0, PREVIEW)
      .join(''),
  }
}

function identityOf({ id, senderId, createdAt }: Message) {
  return {
    id: toUuid('message', id),
    message_id: String(id),
    sender_id: senderId,
    sent_at: createdAt.toISOString(),
  }
}
