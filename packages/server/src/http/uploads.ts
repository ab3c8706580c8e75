import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { ChatError } from '../core/errors.ts'
import { storeUpload } from '../core/tickets.ts'
import type { Ticket } from '../core/tickets.ts'
import type { Chat } from '../core/types.ts'
import { useZod } from './schemas.ts'

/** Where the file of a ticket is uploaded to; the signature covers its type and size. */
export const uploadPath = (secret: Buffer, ticket: Ticket): string =>
  `/uploads/${ticket.attachmentId}?expires=${ticket.expiresAt.getTime()}&signature=${sign(secret, ticket)}`

/** To be sent with the upload, as they are. */
export const uploadHeaders = ({ mimeType }: Ticket) => ({ 'Content-Type': mimeType })

function sign(secret: Buffer, { attachmentId, mimeType, size, expiresAt }: Ticket): string {
  const signed = JSON.stringify(['PUT', attachmentId, mimeType, size, expiresAt.getTime()])
  return createHmac('sha256', secret).update(signed).digest('base64url')
}

const number = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const params = z.object({ id: number })
const querystring = z.object({ expires: number, signature: z.string() })

interface UploadOptions {
  chat: Chat
  secret: Buffer
}

/** Takes files that a ticket allows, without holding them in memory: whoever has the address may. */
export const uploadRoutes: FastifyPluginAsync<UploadOptions> = async (app, { chat, secret }) => {
  useZod(app)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (_request: FastifyRequest, body: Readable) => body)

  app.put<{ Params: z.infer<typeof params>; Querystring: z.infer<typeof querystring>; Body: Readable }>(
    '/uploads/:id',
    // The signature covers the size.
    { bodyLimit: Number.MAX_SAFE_INTEGER, schema: { hide: true, params, querystring } },
    async ({ params, query, headers, body }, reply) => {
      const ticket: Ticket = {
        attachmentId: params.id,
        mimeType: headers['content-type'] ?? '',
        size: Number(headers['content-length']),
        expiresAt: new Date(query.expires),
      }
      if (!isEqual(sign(secret, ticket), query.signature)) throw new ChatError('forbidden', mismatch(ticket))
      if (query.expires < Date.now()) throw new ChatError('forbidden', 'The time to upload this is over.')
      await storeUpload(chat, ticket.attachmentId, body)
      return reply.code(204).send()
    },
  )
}

const mismatch = ({ mimeType, size }: Ticket) =>
  'The address, Content-Type and Content-Length must all be those of the ticket. ' +
  `Received: ${mimeType || 'no type'}, ${size || 'no'} bytes.`

function isEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
