import { z } from 'zod'
import { text, textUpTo } from './text.ts'

// Document 002 ("Chat API"): paths, names and shapes are its own; what it leaves out is in docs/rooms.md.

/** What a description of the API calls by name, and what it says of fields. */
export const named = z.registry<{ id?: string; description?: string }>()

const described = <Schema extends z.ZodType>(schema: Schema, description: string): Schema => {
  const own = schema.clone()
  named.add(own, { description })
  return own
}

/** Ids of chats and messages are decimal strings below 2^53. */
const id = z.string().regex(/^[1-9]\d{0,15}$/, 'must be an id: a decimal string')
const userId = described(z.string(), 'The id that the host application gave the user.')
/** RFC 3339 in UTC: `2026-02-11T18:51:59.042Z`. */
const time = z.iso.datetime()
const count = z.int().min(0)

export const chatTypeSchema = z.enum(['direct', 'group', 'support'])
const metadataSchema = z.record(z.string(), z.unknown())

export const attachmentSchema = z.object({
  url: described(z.string(), 'Where the file is fetched from; whoever has the address may.'),
  filename: z.string(),
  mimeType: described(z.string(), 'As found in the file, not as its sender says.'),
  size: described(count, 'In bytes.'),
})
export type Attachment = z.infer<typeof attachmentSchema>

export const messageSchema = z.object({
  _id: id,
  chatId: id,
  senderId: described(userId.nullable(), 'Null where the sender was erased and their messages unlinked.'),
  type: z.enum(['text', 'image', 'file', 'system']),
  content: described(z.string(), 'Empty once deleted, and of a file without a caption.'),
  replyToMessageId: id.nullable(),
  attachments: z.array(attachmentSchema),
  metadata: described(metadataSchema, 'What the sender sent with it.'),
  readBy: described(z.array(userId), 'The sender first, then whoever has read it and still takes part.'),
  editedAt: time.nullable(),
  deletedAt: time.nullable(),
  timestamp: described(time, 'When it was sent; never the same twice in one chat.'),
})
export type Message = z.infer<typeof messageSchema>

export const participantSchema = z.object({
  userId,
  displayName: described(z.string(), 'What the host application calls the user.'),
  avatarUrl: z.string().nullable(),
  role: z.enum(['owner', 'admin', 'member']),
  joinedAt: time,
  lastSeen: described(time.nullable(), 'Null for who was never seen.'),
  isActive: described(z.boolean(), 'False of the other side of a chat of two who is gone.'),
})
export type Participant = z.infer<typeof participantSchema>

export const chatSchema = z.object({
  _id: id,
  type: chatTypeSchema,
  title: described(z.string().nullable(), 'Of a chat about a purchase request, the title of that.'),
  description: z.string().nullable(),
  participants: z.array(participantSchema),
  relatedTo: described(
    z.object({ type: z.literal('PurchaseRequest'), id: z.string() }).nullable(),
    'The purchase request that the chat is about.',
  ),
  lastMessage: described(
    z
      .object({
        content: described(z.string(), 'Its text, or the name of a file that has no caption.'),
        senderId: userId.nullable(),
        timestamp: time,
      })
      .nullable(),
    'Null as long as nobody has written.',
  ),
  unreadCount: described(count, 'What the caller has not read.'),
  unreadCounts: described(z.record(userId, count), 'What each participant has not read.'),
  isArchived: described(z.boolean(), 'Whether the caller has archived it.'),
  metadata: described(metadataSchema, 'What the chat was created with.'),
  createdAt: time,
  updatedAt: described(time, 'When it was created or last written in.'),
})
export type Chat = z.infer<typeof chatSchema>

export const paginationSchema = z.object({
  page: z.int().min(1),
  limit: z.int().min(1),
  total: count,
  pages: count,
})
export type Pagination = z.infer<typeof paginationSchema>

const answer = <Data extends z.ZodType>(data: Data) => z.object({ success: z.literal(true), data })

export const chatResponse = answer(z.object({ chat: chatSchema }))
export const chatListResponse = answer(z.object({ chats: z.array(chatSchema), pagination: paginationSchema }))
export const statsResponse = answer(z.object({ totalChats: count, totalMessages: count, totalUnread: count }))
export const archiveResponse = answer(z.object({ isArchived: z.boolean() }))
export const removalResponse = answer(z.object({ participantId: userId }))
export const messageResponse = answer(z.object({ message: messageSchema }))
export const messageListResponse = answer(
  z.object({ messages: z.array(messageSchema), pagination: paginationSchema }),
)
export type MessageList = z.infer<typeof messageListResponse>
export const readResponse = answer(
  z.object({ modifiedCount: described(count, 'How many messages had been unread.') }),
)

export const errorResponse = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.enum([
      'invalid',
      'unauthenticated',
      'forbidden',
      'not_found',
      'conflict',
      'too_large',
      'unsupported_type',
      'rate_limited',
      'unavailable',
      'internal',
    ]),
    message: described(z.string(), 'For a developer: of input that is not valid, it names the field.'),
  }),
})
export type ErrorResponse = z.infer<typeof errorResponse>

// What clients send.

const pathId = id.transform(Number).pipe(z.int('must be an id below 2^53'))
/** What no user can be called, nobody is. */
const somebody = z
  .string()
  .min(1, 'must have 1 to 255 characters')
  .max(255, 'must have 1 to 255 characters')
  .refine((value) => !value.includes('\0'), 'must not contain the character U+0000')

const wholeNumber = (most: number) => {
  const message = `must be a whole number from 1 to ${most}`
  return z
    .string(message)
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .pipe(z.int().min(1, message).max(most, message))
}

const METADATA_LENGTH = 8192
const metadata = metadataSchema.transform((value, context) => {
  const json = jsonOf(value)
  if (json === null || json.length > METADATA_LENGTH)
    context.addIssue(`must have at most ${METADATA_LENGTH} characters as JSON`)
  // Neither is text to PostgreSQL.
  else if (/\\u(0000|d[89a-f])/.test(json.replaceAll('\\\\', '')))
    context.addIssue('must contain neither the character U+0000 nor half of a surrogate pair')
  return value
})

/** Null of what nests too deeply to be written, which is far too long anyway. */
function jsonOf(value: object): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return null
  }
}

export const chatParams = z.object({ id: pathId })
export const messageParams = z.object({ id: pathId, messageId: pathId })
export const participantParams = z.object({ id: pathId, participantId: somebody })

export const createChatBody = z.object({
  participantIds: described(
    z.array(somebody).max(1001, 'must name at most 1000 others'),
    'At least two people, the caller included, who need not be named.',
  ),
  type: z.enum(['direct', 'group']).default('direct'),
  title: described(textUpTo(255).optional(), 'Of a group; a direct chat has none.'),
  metadata: described(metadata.optional(), 'Anything, up to 8192 characters of JSON.'),
})
export const purchaseRequestBody = z.object({ purchaseRequestId: somebody, sellerId: somebody })
export const supportBody = z.object({
  subject: textUpTo(255).optional(),
  initialMessage: textUpTo(10_000).min(1, 'must not be empty').optional(),
})
export const participantBody = z.object({ userId: somebody })

export const chatListQuery = z.object({
  page: wholeNumber(100_000).default(1),
  limit: wholeNumber(100).default(20),
  type: chatTypeSchema.optional(),
})
export const messageListQuery = z.object({
  page: wholeNumber(1_000_000).default(1),
  limit: wholeNumber(100).default(50),
  before: described(
    z.union(
      [z.iso.datetime({ offset: true }).transform((value) => new Date(value)), pathId],
      'must be the timestamp of a message or its _id',
    ),
    'The timestamp of the oldest message that the client has, or its _id: pages count from there.',
  ).optional(),
})

const content = textUpTo(10_000).min(1, 'must not be empty')

export const sendMessageBody = z.object({
  content,
  type: described(
    z.enum(['text', 'system']).default('text'),
    'Only users whose role is support or admin may send system messages.',
  ),
  replyToMessageId: described(pathId.nullish(), 'A message of the same chat.'),
  metadata: described(metadata.optional(), 'Anything, up to 8192 characters of JSON.'),
})
export const editMessageBody = z.object({ content })
/** The fields of a multipart form, beside its one file. */
export const fileFields = z.object({
  content: textUpTo(10_000).optional(),
  replyToMessageId: pathId.optional(),
})
/** The same as a description has it. */
export const sendFileBody = z.object({
  file: described(z.file(), 'One file of any type: 10 MB at most, or what the server is set to.'),
  content: described(z.string().max(10_000).optional(), 'A caption.'),
  replyToMessageId: id.optional(),
})

export const sendHeaders = z.object({
  'idempotency-key': described(
    text().min(1, 'must have 1 to 255 characters').max(255, 'must have 1 to 255 characters').optional(),
    "The client's own key for a send: sent again, it answers the first message with 200.",
  ),
})

named
  .add(attachmentSchema, { id: 'Attachment' })
  .add(messageSchema, { id: 'Message' })
  .add(participantSchema, { id: 'Participant' })
  .add(chatSchema, { id: 'Chat' })
  .add(paginationSchema, { id: 'Pagination' })
  .add(errorResponse, { id: 'Error' })
