import { z } from 'zod'
import { text, textUpTo } from './text.ts'

// Document 000 ("Chat Feature — Frontend Developer Guide"): names, limits and shapes are its own.

export const messageTypeSchema = z.enum(['text', 'image', 'system'])
export const messageStatusSchema = z.enum(['sent', 'delivered', 'read'])

/** A time as the document writes it: whole seconds, explicit offset (`2026-02-11T18:51:59+00:00`). */
const time = z.string()
const id = z.int().positive()

export const messageSchema = z.object({
  id: z.number(),
  conversation_id: z.number(),
  sender_id: z.number().nullable(),
  type: messageTypeSchema,
  text: z.string().nullable(),
  image_url: z.string().nullable(),
  image_thumbnail: z.string().nullable(),
  status: messageStatusSchema,
  created_at: time,
})
export type Message = z.infer<typeof messageSchema>

const productSchema = z.object({
  id: z.number(),
  title: z.string(),
  price: z.number(),
  status: z.string(),
  image_url: z.string().nullable(),
})

const companionSchema = z.object({
  id: z.number(),
  display_name: z.string(),
  avatar_url: z.string().nullable(),
})

export const conversationSchema = z.object({
  id: z.number(),
  product: productSchema,
  companion: companionSchema,
  last_message: messageSchema.nullable(),
  unread_count: z.number(),
  created_at: time,
  updated_at: time,
})
export type Conversation = z.infer<typeof conversationSchema>

const pageMetaSchema = z.object({ has_more: z.boolean(), next_cursor: z.string().nullable() })

export const conversationResponse = z.object({ data: conversationSchema })
export const conversationListResponse = z.object({ data: z.array(conversationSchema), meta: pageMetaSchema })
export const messageResponse = z.object({ data: messageSchema })
export const messageListResponse = z.object({ data: z.array(messageSchema), meta: pageMetaSchema })
export type MessageList = z.infer<typeof messageListResponse>
export const acknowledgement = z.object({ data: z.object({ message: z.string() }) })
export const unreadCountResponse = z.object({ data: z.object({ total_unread: z.number() }) })
export const onlineResponse = z.object({
  data: z.object({ online: z.boolean(), last_seen_at: time.nullable() }),
})

/** A hit of the search over all conversations says where it was found. */
export const messageHitSchema = messageSchema.extend({
  conversation: z.object({ id: z.number(), companion: companionSchema, product: productSchema }),
})
export const messageHitListResponse = z.object({ data: z.array(messageHitSchema), meta: pageMetaSchema })

export const errorCodeSchema = z.enum([
  'authentication_error',
  'authorization_error',
  'not_found_error',
  'validation_error',
  'rate_limit_error',
  'server_error',
])
export const errorResponse = z.object({
  error: z.object({
    code: errorCodeSchema,
    message: z.string(),
    details: z.record(z.string(), z.array(z.string())).optional(),
  }),
})
export type ErrorResponse = z.infer<typeof errorResponse>

/** What Centrifugo's connect proxy is answered. */
export const connectResponse = z.union([
  z.object({ result: z.object({ user: z.string(), channels: z.array(z.string()) }) }),
  z.object({ disconnect: z.object({ code: z.number(), reason: z.string() }) }),
])

// What clients send.

/** An id in a path, in its one spelling. */
const pathId = z
  .string()
  .regex(/^[1-9]\d*$/)
  .transform(Number)
  .pipe(id)

export const conversationParams = z.object({ id: pathId })
export const userParams = z.object({ id: pathId })
export const createConversationBody = z.object({ product_id: id })
export const listQuery = z.object({
  limit: z.coerce.number().pipe(z.int().min(1).max(100)).optional(),
  cursor: z.string().max(512).optional(),
})
export const conversationListQuery = listQuery.extend({ filter: z.enum(['unread']).optional() })
export const searchQuery = listQuery.extend({ q: text().min(2).max(200) })
/** The client's own key for a send: sent again, it answers the first message. */
const idempotencyKey = z
  .string()
  .min(1, 'must have 1 to 255 characters')
  .max(255, 'must have 1 to 255 characters')

export const sendHeaders = z.object({ 'idempotency-key': idempotencyKey.optional() })
export const sendMessageBody = z.object({
  text: textUpTo(2000).min(1, 'must not be empty'),
})
/** JPEG, PNG or WebP: at most 10 MB, 40 megapixels and 10,000 pixels a side. */
export const sendImageBody = z.object({ image: z.file() })
export const deliveredBody = z.object({ last_message_id: id })

// Events on `personal:#<userId>`.

export const eventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message.new'),
    data: z.object({ conversation_id: z.number(), message: messageSchema }),
  }),
  z.object({
    type: z.literal('typing'),
    data: z.object({ conversation_id: z.number(), user_id: z.number() }),
  }),
  z.object({
    type: z.literal('message.delivered'),
    data: z.object({ conversation_id: z.number(), last_message_id: z.number() }),
  }),
  z.object({
    type: z.literal('message.read'),
    data: z.object({
      conversation_id: z.number(),
      reader_id: z.number(),
      last_read_message_id: z.number(),
    }),
  }),
  z.object({ type: z.literal('unread.update'), data: z.object({ total_unread: z.number() }) }),
  z.object({
    type: z.literal('presence'),
    data: z.object({ user_id: z.number(), online: z.boolean(), last_seen_at: time.nullable() }),
  }),
])
export type Event = z.infer<typeof eventSchema>
