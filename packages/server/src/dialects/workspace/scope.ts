import { problemSchema } from '@parley/wire/workspace'
import { z } from 'zod'
import type { Cursors } from '../../core/cursor.ts'
import type { Chat } from '../../core/types.ts'
import type { BlobUrl } from '../../http/blobs.ts'
import type { Tokens } from './tokens.ts'
import type { UploadUrl } from './views.ts'

/** What the dialect's routes share. */
export interface Scope {
  chat: Chat
  cursors: Cursors
  blobUrl: BlobUrl
  uploadUrl: UploadUrl
  tokens: Tokens
}

/** What a route is called in the description. */
export const operation = (operationId: string, summary: string, tag = 'Chat') => ({
  operationId,
  summary,
  tags: [tag],
})

const problem = { content: { 'application/problem+json': { schema: problemSchema } } }

/** How every operation may refuse. */
export const refusals = { 401: problem, 403: problem, 429: problem, 503: problem }
/** … that names a conversation or a message. */
export const notFound = { 404: problem }
/** … that takes a body. */
export const invalid = { 422: problem }
/** … that changes what others see. */
export const conflict = { 409: problem }

/** Nothing to say. */
export const done = { 204: z.undefined() }

/** One row more was asked for than the page holds, to know whether there are more. */
export function page<T>(rows: T[], limit: number, cursorOf: (last: T, first: T) => string) {
  const data = rows.slice(0, limit)
  const [first, last] = [data.at(0), data.at(-1)]
  const isLast = rows.length <= limit || first === undefined || last === undefined
  const nextCursor = isLast ? null : cursorOf(last, first)
  return { data, page: { nextCursor, prevCursor: null } }
}
