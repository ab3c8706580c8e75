import type { Conversation } from '../../app/entities/conversation/model/conversation.schema.ts'
import type { Message } from '../../app/entities/message/model/message.schema.ts'
import type { PendingMessage } from '../../app/entities/message/model/messages.ts'

export const me = 1
export const companion = 2

export function message(fields: Partial<Message> & { id: number }): Message {
  return {
    conversation_id: 7,
    sender_id: companion,
    type: 'text',
    text: `message ${fields.id}`,
    image_url: null,
    image_thumbnail: null,
    status: 'sent',
    created_at: timeOf(fields.id),
    ...fields,
  }
}

export function pending(fields: Partial<PendingMessage> & { key: string }): PendingMessage {
  return {
    ...message({ id: -1, sender_id: me, text: 'Hello!' }),
    state: 'queued',
    tried: false,
    standIn: null,
    file: null,
    error: null,
    refusal: null,
    ...fields,
  }
}

export function conversation(fields: Partial<Conversation> & { id: number }): Conversation {
  const last = fields.last_message ?? null
  return {
    product: { id: 102, title: 'Camera', price: 9800, status: 'active', image_url: null },
    companion: { id: companion, display_name: 'Emma', avatar_url: null },
    last_message: last,
    unread_count: 0,
    created_at: timeOf(0),
    updated_at: last?.created_at ?? timeOf(0),
    ...fields,
  }
}

/** Messages are a second apart. */
const timeOf = (id: number) => `${new Date(1_760_000_000_000 + id * 1000).toISOString().slice(0, 19)}+00:00`
