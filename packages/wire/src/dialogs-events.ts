import { z } from 'zod'

// Document 004's vocabulary on a plain WebSocket: each frame is one JSON object, told apart by `type`.

/** The query of the address to connect to. */
export const dialogsHandshake = z.object({
  user_id: z.string().max(255).optional().describe('Who connects: the one whom the token or session proves.'),
  token: z.string().optional().describe('A JWT, for who can send no header.'),
})

const id = z.uuid()
const userId = z.string()
/** RFC 3339 in UTC: `2026-02-17T12:10:00.000Z`. */
const time = z.iso.datetime()
/** Safe HTML, as it is shown; of system messages JSON. */
const content = z.string()

/** What the server sends, by type. */
export const dialogsServerEvents = {
  connected: z.object({ type: z.literal('connected'), employee_id: userId }),
  'message.new': z.object({
    type: z.literal('message.new'),
    id,
    dialog_id: id,
    /** Null of system messages, and of those who asked to be forgotten. */
    sender_id: userId.nullable(),
    content,
    sent_at: time,
    message_type: z.enum(['user', 'system']),
  }),
  'message.edited': z.object({
    type: z.literal('message.edited'),
    id,
    dialog_id: id,
    content,
    last_edited_at: time,
  }),
  'message.deleted': z.object({ type: z.literal('message.deleted'), id, dialog_id: id }),
  'message.read': z.object({
    type: z.literal('message.read'),
    dialog_id: id,
    user_id: userId,
    last_read_message_id: id,
  }),
  'participant.joined': z.object({
    type: z.literal('participant.joined'),
    dialog_id: id,
    user_id: userId,
  }),
  'participant.left': z.object({ type: z.literal('participant.left'), dialog_id: id, user_id: userId }),
  'dialog.archived': z.object({ type: z.literal('dialog.archived'), dialog_id: id }),
  'dialog.unarchived': z.object({ type: z.literal('dialog.unarchived'), dialog_id: id }),
  'presence.update': z.object({
    type: z.literal('presence.update'),
    user_id: userId,
    is_online: z.boolean(),
  }),
  pong: z.object({ type: z.literal('pong') }),
  error: z.object({ type: z.literal('error'), message: z.string() }),
}

export type DialogsServerEvents = {
  [Type in keyof typeof dialogsServerEvents]: z.infer<(typeof dialogsServerEvents)[Type]>
}
export type DialogsServerEvent = DialogsServerEvents[keyof DialogsServerEvents]

/** What clients send, by type. What is no dialog of theirs is none to hear of, and no error. */
export const dialogsClientMessages = {
  ping: z.object({ type: z.literal('ping') }),
  subscribe: z.object({ type: z.literal('subscribe'), dialog_id: z.string() }),
  unsubscribe: z.object({ type: z.literal('unsubscribe'), dialog_id: z.string() }),
}

export const dialogsClientMessage = z.discriminatedUnion('type', [
  dialogsClientMessages.ping,
  dialogsClientMessages.subscribe,
  dialogsClientMessages.unsubscribe,
])
