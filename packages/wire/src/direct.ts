import { z } from 'zod'
import { textUpTo } from './text.ts'

// Document 003 ("1-on-1 chat"): events, fields and the texts of errors are its own; what it leaves out is in
// docs/direct.md.

const MISSING_IDS = 'Missing user IDs'
const MISSING_DETAILS = 'Missing message details'
const NOT_FETCHED = 'Failed to fetch messages'
const NO_KEY = 'clientMsgId must contain neither the character U+0000 nor half of a surrogate pair'

/** The host application's own string. */
const userIdInput = (refusal: string) =>
  z
    .string(refusal)
    .min(1, refusal)
    .max(255, refusal)
    .refine((id) => id.isWellFormed() && !/\p{Cc}/u.test(id), refusal)

/** What clients emit, by event: its one argument. */
export const directClientEvents = {
  register_user: userIdInput(MISSING_IDS),
  join_chat: z
    .object({ userId: userIdInput(MISSING_IDS), targetUserId: userIdInput(MISSING_IDS) }, MISSING_IDS)
    .refine(({ userId, targetUserId }) => userId !== targetUserId, 'Failed to join chat'),
  send_message: z.object(
    {
      roomId: z.string(MISSING_DETAILS).min(1, MISSING_DETAILS),
      senderId: userIdInput(MISSING_DETAILS),
      body: z
        .string(MISSING_DETAILS)
        .pipe(textUpTo(10_000, 'A message has at most 10,000 characters').min(1, MISSING_DETAILS)),
      /** The sender's own key: sent again with it, the message is not written twice. */
      clientMsgId: z
        .string('clientMsgId must be a string')
        .min(1, 'clientMsgId must not be empty')
        .max(255, 'clientMsgId must have at most 255 characters')
        .refine((key) => !key.includes('\0') && key.isWellFormed(), NO_KEY)
        .optional(),
    },
    MISSING_DETAILS,
  ),
  fetch_messages: z.object(
    {
      roomId: z.string(NOT_FETCHED),
      /** More than 100 are 100. */
      limit: z.int(NOT_FETCHED).min(1, NOT_FETCHED).default(20),
      offset: z.int(NOT_FETCHED).min(0, NOT_FETCHED).default(0),
    },
    NOT_FETCHED,
  ),
}

const uuid = z.uuid()
const userId = z.string()
/** RFC 3339 in UTC: `2023-10-27T09:15:00.042Z`. */
const time = z.iso.datetime()

export const roomSchema = z.object({
  id: uuid,
  /** The two, sorted. */
  participant1: userId,
  participant2: userId,
  created_at: time,
  updated_at: time,
  last_message_at: time.nullable(),
})
export type Room = z.infer<typeof roomSchema>

export const messageSchema = z.object({
  id: uuid,
  room_id: uuid,
  /** Null of those who asked to be forgotten. */
  sender_id: userId.nullable(),
  /** Of a deleted message, empty. Each file is a line: its address. */
  body: z.string(),
  created_at: time,
})
export type Message = z.infer<typeof messageSchema>

const messages = z.array(messageSchema)

/** What the server emits, by event. */
export const directServerEvents = {
  room_joined: z.object({ roomId: uuid, room: roomSchema }),
  /** The last 50, oldest first. */
  message_history: z.object({ roomId: uuid, messages }),
  new_message: messageSchema,
  chat_list_update: z.object({
    room_id: uuid,
    last_message: z.string(),
    sender_id: userId.nullable(),
    updated_at: time,
  }),
  /** Oldest first; `offset` is for the next fetch. */
  more_messages: z.object({ roomId: uuid, messages, offset: z.int() }),
  error: z.object({ message: z.string(), code: z.string(), event: z.string() }),
}
export type DirectServerEvents = {
  [Event in keyof typeof directServerEvents]: z.infer<(typeof directServerEvents)[Event]>
}
