import { errorResponse } from '@parley/wire/dialogs'
import { z } from 'zod'
import type { Ticket } from '../../core/tickets.ts'
import type { Chat } from '../../core/types.ts'
import type { BlobUrl } from '../../http/blobs.ts'

/** What the dialect's routes share. */
export interface Scope {
  chat: Chat
  blobUrl: BlobUrl
  /** Where the file of a ticket is uploaded to. */
  uploadUrl: (ticket: Ticket) => string
}

/** What a route is called in the description. */
export const operation = (
  operationId: string,
  summary: string,
  tag: 'Dialogs' | 'Messages' | 'Files' | 'Management',
) => ({ operationId, summary, tags: [tag] })

const refusal = { content: { 'application/json': { schema: errorResponse } } }

/** How every route may refuse. */
export const refusals = { 400: refusal, 401: refusal, 403: refusal, 429: refusal, 503: refusal }
/** … that names a dialog, a message or a file. */
export const missing = { 404: refusal }
/** … that takes a body. */
export const badBody = { 413: refusal, 415: refusal }
/** … that changes what others see. */
export const conflict = { 409: refusal }
/** … that has nothing to answer. */
export const done = { 204: z.undefined() }
