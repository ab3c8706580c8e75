import { z } from 'zod'
import { messageSchema, participantSchema } from './rooms.ts'

// Document 002's vocabulary on Socket.IO. Ids are bare arguments; what is answered goes into the client's callback.

const id = messageSchema.shape._id
const time = messageSchema.shape.timestamp
const userId = z.string()

const NO_CHAT = 'must be the id of a chat'
const bareId = z
  .union([z.string().regex(/^[1-9]\d{0,15}$/, NO_CHAT), z.int(NO_CHAT).positive(NO_CHAT)], NO_CHAT)
  .transform(Number)
  .pipe(z.int(NO_CHAT))
const NO_USER = 'must be the id of a user, of 1 to 255 characters'
const bareUser = z
  .union([z.string().min(1, NO_USER).max(255, NO_USER), z.int(NO_USER).transform(String)], NO_USER)
  .refine((id) => id.isWellFormed() && !/\p{Cc}/u.test(id), NO_USER)
const typing = z.object(
  {
    chatId: bareId,
    userId: bareUser.optional(),
    /** What the client calls itself; the others hear the name that the host application gave. */
    userName: z.string().optional(),
  },
  'must be an object with a chatId',
)

/** What clients emit, by event: its one argument. */
export const roomsClientEvents = {
  'join-user-room': bareUser,
  'join-chat-room': bareId,
  'leave-chat-room': bareId,
  'user-online': bareUser,
  'typing-start': typing,
  'typing-stop': typing,
}

/** What the server emits, by event. */
export const roomsServerEvents = {
  'new-message': z.object({ chatId: id, message: messageSchema }),
  'messages-read': z.object({ chatId: id, userId, readAt: time, lastReadMessageId: id }),
  'message-edited': z.object({ chatId: id, message: messageSchema }),
  'message-deleted': z.object({ chatId: id, messageId: id, deletedAt: time }),
  'participants-added': z.object({ chatId: id, participants: z.array(participantSchema) }),
  'participant-removed': z.object({ chatId: id, participantId: userId }),
  'user-typing': z.object({ chatId: id, userId, userName: z.string(), isTyping: z.boolean() }),
  'chat-notification': z.object({ chatId: id, message: messageSchema }),
  'user-status-change': z.object({ userId, isOnline: z.boolean(), lastSeen: time.nullable() }),
  error: z.object({ message: z.string(), code: z.string(), event: z.string() }),
}

/** What a callback is given. */
export const acknowledgementSchema = z.object({ success: z.boolean(), error: z.string().optional() })

export type RoomsServerEvents = {
  [Event in keyof typeof roomsServerEvents]: z.infer<(typeof roomsServerEvents)[Event]>
}
