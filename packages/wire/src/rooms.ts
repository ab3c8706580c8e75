import { z } from 'zod'
import { text, textUpTo } from './text.ts'

// Document 002 ("Chat API"): paths, names and shapes are its own; what it leaves out is in docs/rooms.md.

/** Ids of chats and messages are decimal strings below 2^53. */
const id = z.string().regex(/^[1-9]\d{0,15}$/, 'must be an id: a decimal string')
const userId = z.string()
/** RFC 3339 in UTC: `2026-02-11T18:51:59.042Z`. */
const time = z.iso.datetime()

export const chatTypeSchema = z.enum(['direct', 'group', 'support'])
const metadataSchema = z.record(z.string(), z.unknown())

export const attachmentSchema = z.object({
  url: z.string(),
  filename: z.string(),
  mimeType: z.string(),
  /** In bytes. */
  size: z.int(),
})

export const messageSchema = z.object({
  _id: id,
  chatId: id,
  senderId: userId.nullable(),
  type: z.enum(['text', 'image', 'file', 'system']),
  /** Of a deleted message, empty. */
  content: z.string(),
  replyToMessageId: id.nullable(),
  attachments: z.array(attachmentSchema),
  metadata: metadataSchema,
  /** Its sender, and who has read it. */
  readBy: z.array(userId),
  editedAt: time.nullable(),
  deletedAt: time.nullable(),
  timestamp: time,
})
export type Message = z.infer<typeof messageSchema>

export const participantSchema = z.object({
  userId,
  role: z.enum(['owner', 'admin', 'member']),
  joinedAt: time,
  lastSeen: time.nullable(),
  /** False of the other side of a chat of two who is gone. */
  isActive: z.boolean(),
})
export type Participant = z.infer<typeof participantSchema>

export const chatSchema = z.object({
  _id: id,
  type: chatTypeSchema,
  title: z.string().nullable(),
  description: z.string().nullable(),
  participants: z.array(participantSchema),
  relatedTo: z.object({ type: z.literal('PurchaseRequest'), id: z.string() }).nullable(),
  lastMessage: z.object({ content: z.string(), senderId: userId.nullable(), timestamp: time }).nullable(),
  /** The caller's. */
  unreadCount: z.int(),
  unreadCounts: z.record(userId, z.int()),
  /** For the caller alone. */
  isArchived: z.boolean(),
  metadata: metadataSchema,
  createdAt: time,
  updatedAt: time,
})
export type Chat = z.infer<typeof chatSchema>

export const paginationSchema = z.object({ page: z.int(), limit: z.int(), total: z.int(), pages: z.int() })
export type Pagination = z.infer<typeof paginationSchema>

const answer = <Data extends z.ZodType>(data: Data) => z.object({ success: z.literal(true), data })

export const chatResponse = answer(z.object({ chat: chatSchema }))
export const chatListResponse = answer(z.object({ chats: z.array(chatSchema), pagination: paginationSchema }))
export const statsResponse = answer(
  z.object({ totalChats: z.int(), totalMessages: z.int(), totalUnread: z.int() }),
)
export const messageResponse = answer(z.object({ message: messageSchema }))
export const messageListResponse = answer(
  z.object({ messages: z.array(messageSchema), pagination: paginationSchema }),
)
export const readResponse = answer(z.object({ modifiedCount: z.int() }))
export const archiveResponse = answer(z.object({ isArchived: z.boolean() }))

export const errorResponse = z.object({
  success: z.literal(false),
  error: z.object({ code: z.string(), message: z.string() }),
})
export type ErrorResponse = z.infer<typeof errorResponse>

// What clients send.

const pathId = id.transform(Number).pipe(z.int().positive())
const somebody = z.string().min(1).max(255)
const wholeNumber = (most: number) => z.coerce.number().pipe(z.int().min(1).max(most))
const METADATA_BYTES = 8192
const metadata = metadataSchema.refine(
  (value) => JSON.stringify(value).length <= METADATA_BYTES,
  `must have at most ${METADATA_BYTES} characters as JSON`,
)

export const chatParams = z.object({ id: pathId })
export const messageParams = z.object({ id: pathId, messageId: pathId })
export const participantParams = z.object({ id: pathId, participantId: somebody })

export const createChatBody = z.object({
  participantIds: z.array(somebody),
  type: z.enum(['direct', 'group']).default('direct'),
  title: textUpTo(255).optional(),
  metadata: metadata.optional(),
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
  /** The `timestamp` of the oldest message that the client has, or that message's id. */
  before: z
    .union([z.iso.datetime({ offset: true }).transform((value) => new Date(value)), pathId])
    .optional(),
})

const content = textUpTo(10_000).min(1, 'must not be empty')

export const sendMessageBody = z.object({
  content,
  type: z.enum(['text', 'system']).default('text'),
  replyToMessageId: pathId.nullish(),
  metadata: metadata.optional(),
})
export const editMessageBody = z.object({ content })
/** The fields of a multipart form, beside its one file. */
export const fileFields = z.object({
  content: textUpTo(10_000).optional(),
  replyToMessageId: pathId.optional(),
})
/** At most 10 MB, or what the server is set to. */
export const sendFileBody = z.object({
  file: z.file(),
  content: z.string().optional(),
  replyToMessageId: id.optional(),
})

/** The client's own key for a send: sent again, it answers the first message. */
export const sendHeaders = z.object({
  'idempotency-key': text()
    .refine((key) => key.length >= 1 && key.length <= 255, 'must have 1 to 255 characters')
    .optional(),
})
