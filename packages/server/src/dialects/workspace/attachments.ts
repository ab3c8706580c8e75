import {
  attachmentListResponse,
  attachmentResponse,
  finalizeBody,
  idParams,
  pageBody,
  uploadTicketBody,
  uploadTicketResponse,
} from '@parley/wire/workspace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Cursors } from '../../core/cursor.ts'
import { createGate } from '../../core/gate.ts'
import { createTicket } from '../../core/tickets.ts'
import { finalizeAttachment, listAttachments } from '../../core/uploads.ts'
import { conflict, invalid, notFound, operation, page, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { attachmentView, ticketView } from './views.ts'

const KIND = 'workspace attachments'
// An image is in memory while it is checked; what waits stays on disk.
const CHECKS = { running: 4, waiting: 64 }

export const attachmentRoutes: FastifyPluginAsyncZod<Scope> = async (app, scope) => {
  const { chat, cursors, blobUrl, uploadUrl } = scope
  const gate = createGate(CHECKS)

  app.post(
    '/attachments/upload-ticket',
    {
      schema: {
        ...operation('chat-attachment-upload-ticket', 'Get an address to upload a file to'),
        body: uploadTicketBody,
        response: { 200: uploadTicketResponse, ...refusals, ...notFound, ...conflict, ...invalid },
      },
    },
    async ({ actor, body }) => ({ data: ticketView(await createTicket(chat, actor, body), uploadUrl) }),
  )

  app.post(
    '/attachments/finalize',
    {
      schema: {
        ...operation('chat-attachment-finalize', 'Have an uploaded file checked, or put into a message too'),
        body: finalizeBody,
        response: { 200: attachmentResponse, ...refusals, ...notFound, ...conflict, ...invalid },
      },
    },
    async ({ actor, body: { attachmentId, messageId } }) => {
      const attachment = await gate(() => finalizeAttachment(chat, actor, attachmentId, messageId))
      return { data: attachmentView(attachment, blobUrl) }
    },
  )

  app.post(
    '/conversations/:id/attachments/list',
    {
      schema: {
        ...operation('list-conversation-attachments', 'List shared files, the last sent first'),
        params: idParams,
        body: pageBody,
        response: { 200: attachmentListResponse, ...refusals, ...notFound, ...invalid },
      },
    },
    async ({ actor, params, body: { cursor, limit } }) => {
      const before = cursor === undefined ? null : readPlace(cursors, cursor)
      const files = await listAttachments(chat, actor, params.id, { before, limit: limit + 1 })
      const { data, page: around } = page(files, limit, ({ messageId, id }) =>
        cursors.encode(KIND, [messageId, id]),
      )
      return { data: data.map((file) => attachmentView(file, blobUrl)), page: around }
    },
  )
}

function readPlace(cursors: Cursors, text: string) {
  const [messageId, id] = cursors.decode(KIND, text)
  return { messageId: Number(messageId), id: Number(id) }
}
