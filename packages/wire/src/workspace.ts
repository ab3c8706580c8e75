import { z } from 'zod'
import { onePlace } from './places.ts'
import { text, textUpTo } from './text.ts'

// Document 001 ("Resource: Chat (messaging)"): operations, names and conventions are its own.

/** Ids of conversations, messages and attachments are decimal strings below 2^53. */
const id = z.string().regex(/^[1-9]\d{0,15}$/, 'must be an id: a decimal string')
const userId = z.string()
/** RFC 3339 in UTC: `2026-02-11T18:51:59.042Z`. */
const time = z.iso.datetime()
const count = z.int().min(0)

export const conversationTypeSchema = z.enum(['dm', 'group', 'channel'])
export const visibilitySchema = z.enum(['private', 'org'])
export const historyModeSchema = z.enum(['all', 'since_join'])
export const notifyLevelSchema = z.enum(['all', 'mentions', 'everyone', 'none'])
export const statusSchema = z.enum(['online', 'away', 'busy', 'offline'])

export const attachmentSchema = z.object({
  id,
  filename: z.string(),
  mimeType: z.string(),
  size: count,
  width: count.nullable(),
  height: count.nullable(),
  url: z.string(),
  thumbnailUrl: z.string().nullable(),
})
export type Attachment = z.infer<typeof attachmentSchema>

const linkPreviewSchema = z.object({
  url: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  imageUrl: z.string().nullable(),
  siteName: z.string().nullable(),
})

export const reactionSchema = z.object({
  emoji: z.string(),
  count,
  /** The first 20. */
  userIds: z.array(userId),
  mine: z.boolean(),
})
export type Reaction = z.infer<typeof reactionSchema>

export const messageSchema = z.object({
  id,
  conversationId: id,
  /** The place among the messages of the conversation, from 1, without gaps. */
  seq: count.min(1),
  senderId: userId.nullable(),
  type: z.enum(['text', 'system']),
  content: z.string(),
  clientMsgId: z.string().nullable(),
  replyToId: id.nullable(),
  mentions: z.array(userId),
  attachments: z.array(attachmentSchema),
  linkPreviews: z.array(linkPreviewSchema),
  reactions: z.array(reactionSchema),
  pinnedAt: time.nullable(),
  editedAt: time.nullable(),
  deletedAt: time.nullable(),
  createdAt: time,
})
export type Message = z.infer<typeof messageSchema>

/** A conversation as it looks to everybody. */
export const sharedConversationSchema = z.object({
  id,
  type: conversationTypeSchema,
  visibility: visibilitySchema,
  historyMode: historyModeSchema,
  name: z.string().nullable(),
  description: z.string().nullable(),
  createdBy: userId.nullable(),
  archivedAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
  /** The last number in its change log. */
  seq: count.min(1),
})
export type SharedConversation = z.infer<typeof sharedConversationSchema>

export const preferencesSchema = z.object({
  starred: z.boolean(),
  /** `forever`: until the user turns it back on. */
  muteUntil: z.union([time, z.literal('forever')]).nullable(),
  notifyLevel: notifyLevelSchema,
})
export type Preferences = z.infer<typeof preferencesSchema>

/** A conversation as it looks to the caller. */
export const conversationSchema = sharedConversationSchema.extend({
  /** The business object it is about. */
  subject: z
    .object({ type: z.string(), id: z.string(), title: z.string().nullable(), url: z.string().nullable() })
    .nullable(),
  lastMessage: messageSchema.nullable(),
  /** Null where everybody of the organisation is a member; else who came first: 20 in a list, 1,000 of one. */
  members: z.object({ count, userIds: z.array(userId) }).nullable(),
  role: z.enum(['owner', 'admin', 'member']),
  unread: count,
  /** Unread messages that name the caller. */
  mentions: count,
  readCursor: z.object({ lastReadMessageId: id.nullable() }),
  preferences: preferencesSchema,
})
export type Conversation = z.infer<typeof conversationSchema>

const one = <T extends z.ZodType>(data: T) => z.object({ data })
const pageSchema = z.object({ nextCursor: z.string().nullable(), prevCursor: z.string().nullable() })
const list = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), page: pageSchema })

export const conversationResponse = one(conversationSchema)
export const conversationListResponse = list(conversationSchema)
export const messageResponse = one(messageSchema)
export const messageListResponse = list(messageSchema)
export type MessageList = z.infer<typeof messageListResponse>
export const preferencesResponse = one(preferencesSchema)
export const attachmentResponse = one(attachmentSchema)
export const attachmentListResponse = list(attachmentSchema)
const uploadTicketSchema = z.object({
  attachmentId: id,
  uploadUrl: z.string(),
  /** To be sent with the PUT. */
  headers: z.record(z.string(), z.string()),
  expiresAt: time,
})
export type UploadTicket = z.infer<typeof uploadTicketSchema>
export const uploadTicketResponse = one(uploadTicketSchema)
export const connectionTokenResponse = one(z.object({ token: z.string(), expiresAt: time }))
export const subscribeTokenResponse = one(
  z.object({ token: z.string(), channel: z.string(), expiresAt: time }),
)
export const statusListResponse = one(z.array(z.object({ userId, status: statusSchema })))

/** RFC 9457, as `application/problem+json`. */
export const problemSchema = z.object({
  type: z.enum([
    '/problems/unauthenticated',
    '/problems/forbidden',
    '/problems/not-found',
    '/problems/method-not-allowed',
    '/problems/conflict',
    '/problems/invalid',
    '/problems/rate-limited',
    '/problems/internal',
    '/problems/unavailable',
  ]),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  /** What was wrong with the request, by field. */
  errors: z.record(z.string(), z.array(z.string())).optional(),
})
export type Problem = z.infer<typeof problemSchema>

// What clients send.

const idInput = id.transform(Number).refine(Number.isSafeInteger, 'must be below 2^53')
const NO_TEXT = 'must contain neither the character U+0000 nor half of a surrogate pair'
/** Somebody else's own string, kept as it is. */
const key = z
  .string()
  .min(1)
  .max(255)
  .refine((value) => !value.includes('\0') && value.isWellFormed(), NO_TEXT)
const userIdInput = key
const userIdsInput = z.array(userIdInput).min(1).max(1000)
const limit = z.int().min(1).max(100).default(50)
const cursor = z.string().max(512).optional()
const name = textUpTo(255).min(1, 'must not be empty')
const description = textUpTo(4000)
const content = textUpTo(10_000).min(1, 'must not be empty')

export const idParams = z.object({ id: idInput })
export const conversationBody = z.object({ conversationId: idInput })
export const pageBody = z.object({ cursor, limit })

/** Something is said, or a file is sent. */
export const sendMessageBody = z
  .object({
    conversationId: idInput,
    content: textUpTo(10_000).default(''),
    clientMsgId: key.optional(),
    replyToId: idInput.optional(),
    mentions: z.array(userIdInput).max(100).optional(),
    attachmentIds: z.array(idInput).max(10).optional(),
  })
  .refine(({ content, attachmentIds = [] }) => content !== '' || attachmentIds.length > 0, {
    path: ['content'],
    message: 'must not be empty',
  })
export const editMessageBody = z.object({ content })

/** `before` and `after` leave the message that they name out, `around` has it in the middle. */
export const listMessagesBody = z
  .object({
    conversationId: idInput,
    before: idInput.optional(),
    after: idInput.optional(),
    around: idInput.optional(),
    limit,
  })
  .superRefine(onePlace)
export const searchMessagesBody = pageBody.extend({
  query: text().min(2).max(200),
  conversationId: idInput.optional(),
})
/** An emoji, or what a client calls a picture of its own. */
export const reactionBody = z.object({ emoji: textUpTo(64).min(1, 'must not be empty') })

export const listConversationsBody = pageBody.extend({
  filter: z.enum(['all', 'unread', 'starred', 'archived']).default('all'),
})
export const createConversationBody = z.object({
  type: conversationTypeSchema,
  visibility: visibilitySchema.default('private'),
  historyMode: historyModeSchema.default('all'),
  name: name.optional(),
  description: description.optional(),
  memberIds: z.array(userIdInput).max(1000).default([]),
})
/** Null takes away: a description, or the name of a group. */
export const updateConversationBody = z.object({
  name: name.nullable().optional(),
  description: description.nullable().optional(),
  visibility: visibilitySchema.optional(),
})
export const convertConversationBody = z.object({ name: name.optional() })
export const addMembersBody = z.object({ userIds: userIdsInput })
export const removeMemberBody = z.object({ userId: userIdInput })
export const markReadBody = z.object({ lastReadMessageId: idInput.optional() })
export const updatePreferencesBody = z.object({
  starred: z.boolean().optional(),
  muteUntil: z
    .union([z.literal('forever'), z.iso.datetime({ offset: true }).transform((text) => new Date(text))], {
      error: 'must be a time as in RFC 3339, "forever" or null',
    })
    .nullable()
    .optional(),
  notifyLevel: notifyLevelSchema.optional(),
})

export const uploadTicketBody = z.object({
  conversationId: idInput,
  filename: name.regex(/^[^/\\\p{Cc}]*$/u, 'must be the name of a file, without a path'),
  mimeType: z
    .string()
    .regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type such as image/png')
    .max(255),
  size: z.int().min(1).max(104_857_600),
})
export const finalizeBody = z.object({ attachmentId: idInput, messageId: idInput.optional() })

export const updateStatusBody = z.object({ status: statusSchema })
export const getStatusBody = z.object({ userIds: userIdsInput })

/** What a description of the API calls by name. */
export const named = z.registry<{ id: string; [key: string]: unknown }>()
named
  .add(messageSchema, { id: 'Message' })
  .add(conversationSchema, { id: 'Conversation' })
  .add(preferencesSchema, { id: 'Preferences' })
  .add(attachmentSchema, { id: 'Attachment' })
  .add(problemSchema, { id: 'Problem' })
