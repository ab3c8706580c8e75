import { errorResponse } from '@parley/wire/rooms'
import type { Pagination } from '@parley/wire/rooms'
import type { Chat } from '../../core/types.ts'
import type { BlobUrl } from '../../http/blobs.ts'

/** What the dialect's routes share. */
export interface Scope {
  chat: Chat
  blobUrl: BlobUrl
  /** For how long a message may be edited. */
  editMinutes: number
  /** How large a file may be. */
  fileMegabytes: number
}

/** What a route is called in the description. */
export const operation = (operationId: string, summary: string, tag: 'Chats' | 'Messages') => ({
  operationId,
  summary,
  tags: [tag],
})

const refusal = { content: { 'application/json': { schema: errorResponse } } }

/** How every route may refuse. */
export const refusals = { 401: refusal, 403: refusal, 429: refusal, 503: refusal }
/** … that names a chat, a message or somebody. */
export const notFound = { 404: refusal }
/** … that takes input. */
export const invalid = { 400: refusal }
/** … that takes a body. */
export const badBody = { ...invalid, 413: refusal, 415: refusal }
/** … that changes what others see. */
export const conflict = { 409: refusal }

export const answer = <Data>(data: Data) => ({ success: true as const, data })

export const pagination = (page: number, limit: number, total: number): Pagination => ({
  page,
  limit,
  total,
  pages: Math.ceil(total / limit),
})
