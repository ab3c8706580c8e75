import { attachmentUrlResponse, uploadResponse } from '@parley/wire/dialogs'
import { attachmentParams, callerQuery, MOST_FILE_BYTES, uploadBody } from '@parley/wire/dialogs-requests'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { ChatError } from '../../core/errors.ts'
import { createTicket } from '../../core/tickets.ts'
import type { ClaimedUpload } from '../../core/uploads.ts'
import { getAttachment } from '../../core/uploads.ts'
import { fromUuid, toUuid } from '../../core/uuids.ts'
import { as, asParticipant } from './errors.ts'
import { attachmentIdOf, dialogIdOf } from './ids.ts'
import { badBody, conflict, missing, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { addressesOf } from './views.ts'

const UPLOAD_SECONDS = 300
/** So long an address is good at least. */
const ADDRESS_SECONDS = 3600

export const fileRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat, blobUrl, uploadUrl }) => {
  app.post(
    '/upload/presign',
    {
      schema: {
        ...operation('presignUpload', 'Get an address to upload a file to', 'Files'),
        querystring: callerQuery,
        body: uploadBody,
        response: { 200: uploadResponse, ...refusals, ...missing, ...conflict, ...badBody },
      },
    },
    async ({ actor, body: { dialog_id, filename, content_type: mimeType, size } }) => {
      const file = { conversationId: dialogIdOf(dialog_id), filename, mimeType, size }
      const terms = { maxBytes: MOST_FILE_BYTES, seconds: UPLOAD_SECONDS }
      const ticket = await createTicket(chat, actor, file, terms).catch(asParticipant)
      const s3_key = keyOf(file.conversationId, ticket.attachmentId, filename)
      return { data: { upload_url: uploadUrl(ticket), s3_key, expires_in: UPLOAD_SECONDS } }
    },
  )

  app.get(
    '/attachments/:id/url',
    {
      schema: {
        ...operation('getAttachmentUrl', 'Get the address of a file', 'Files'),
        params: attachmentParams,
        querystring: callerQuery,
        response: { 200: attachmentUrlResponse, ...refusals, ...missing },
      },
    },
    async ({ actor, params }) => {
      const attachment = await getAttachment(chat, actor, attachmentIdOf(params.id)).catch(
        as({ not_found: 'ATTACHMENT_NOT_FOUND', forbidden: 'NOT_PARTICIPANT' }),
      )
      return { data: { ...addressesOf(attachment, blobUrl), expires_in: ADDRESS_SECONDS } }
    },
  )
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const KEY = new RegExp(`^dialogs/(${UUID})/(${UUID})\\.[a-z0-9]{1,8}$`)

/** What a client calls an upload of its own. */
function keyOf(dialogId: number, attachmentId: number, filename: string): string {
  const [, extension = 'bin'] = /\.([a-z0-9]{1,8})$/i.exec(filename) ?? []
  const [dialog, file] = [toUuid('conversation', dialogId), toUuid('attachment', attachmentId)]
  return `dialogs/${dialog}/${file}.${extension.toLowerCase()}`
}

interface SentFile {
  s3_key: string
  content_type: string
  size: number
}

/** The upload to a dialog that is sent with a message to it. */
export function uploadOf({ s3_key, content_type, size }: SentFile, dialogId: string): ClaimedUpload {
  const [, dialog, file = ''] = KEY.exec(s3_key) ?? []
  if (dialog !== dialogId.toLowerCase())
    throw new ChatError('invalid', 'must have keys of uploads to this dialog', 'attachments')
  return { id: fromUuid('attachment', file), mimeType: content_type, size }
}
