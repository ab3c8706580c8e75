import { z } from 'zod'

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\0'), 'must not contain the character U+0000')

const userId = text(255)
/** Where something is to be seen: on the web, or on the application's own host. */
const address = text(2048).regex(
  /^(https?:\/\/|\/(?!\/))/,
  'must be an http(s) address or a path that begins with /',
)

export const userParams = z.object({ id: userId })
export const userBody = z.object({
  display_name: text(255),
  avatar_url: address.nullish(),
  role: z.enum(['user', 'support', 'admin']).default('user'),
  org: text(255).nullish(),
})

export const productParams = z.object({ id: text(255) })
export const productBody = z.object({
  seller_id: userId,
  title: text(1000),
  price: z.number().min(0),
  status: z.enum(['draft', 'pending', 'active', 'sold', 'archived', 'rejected']),
  image_url: address.nullish(),
})

export const purchaseRequestParams = z.object({ id: text(255) })
export const purchaseRequestBody = z.object({
  buyer_id: userId,
  title: text(1000),
  url: address.nullish(),
})

const DAY = 86_400
export const sessionBody = z.object({
  user_id: userId,
  ttl_seconds: z
    .int()
    .min(1)
    .max(365 * DAY)
    .default(30 * DAY),
})
export const sessionParams = z.object({ session: text(512) })
export const eraseQuery = z.object({ messages: z.enum(['keep', 'unlink', 'delete']).default('keep') })

export const takeBody = z.object({ limit: z.int().min(1).max(1000).default(100) })
export const doneBody = z.object({ ids: z.array(z.int().positive()).max(1000) })

// What it answers.

const time = z.iso.datetime()
const data = <T extends z.ZodType>(shape: T) => z.object({ data: shape })

export const userResponse = data(
  z.object({
    id: z.string(),
    display_name: z.string(),
    avatar_url: z.string().nullable(),
    role: z.enum(['user', 'support', 'admin']),
    org: z.string().nullable(),
    created_at: time,
    last_seen_at: time.nullable(),
    erased_at: time.nullable(),
  }),
)
export const productResponse = data(productBody.extend({ id: z.string() }))
export const purchaseRequestResponse = data(
  purchaseRequestBody.extend({ id: z.string(), url: z.string().nullable() }),
)
export const sessionResponse = data(
  z.object({ session: z.string(), csrf_token: z.string(), expires_at: time }),
)
export const endedResponse = data(z.object({ ended: z.boolean() }))
export const erasedResponse = data(
  z.object({
    user_id: z.string(),
    messages: eraseQuery.shape.messages,
    sessions_ended: z.number(),
    messages_changed: z.number(),
    files_deleted: z.number(),
  }),
)
export const takenResponse = data(
  z.array(
    z.object({
      id: z.int(),
      user_id: z.string(),
      conversation_id: z.int(),
      message: z.object({
        id: z.int(),
        sender_id: z.string().nullable(),
        type: z.enum(['text', 'image', 'file']),
        text: z.string().nullable(),
        created_at: time,
      }),
      created_at: time,
    }),
  ),
)

const refusal = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.array(z.string())).optional(),
  }),
})
export const refusals = { 401: refusal, 404: refusal, 422: refusal, 503: refusal }
