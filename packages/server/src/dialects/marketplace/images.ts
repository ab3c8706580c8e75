import multipart from '@fastify/multipart'
import { conversationParams, messageResponse, sendHeaders, sendImageBody } from '@parley/wire/marketplace'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { sendImage } from '../../core/attachments.ts'
import { ChatError } from '../../core/errors.ts'
import { MAX_IMAGE_BYTES } from '../../core/images.ts'
import { createUploadGate } from '../../core/upload-gate.ts'
import { refuseGivenUp } from '../../http/given-up.ts'
import { validateAllButBody } from '../../http/schemas.ts'
import { refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { messageView } from './views.ts'

export const imageRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat, blobUrl }) => {
  // One byte more than allowed, so that the refusal comes from the rule and can name it.
  const limits = { fileSize: MAX_IMAGE_BYTES + 1, files: 1, fields: 10, parts: 11 }
  const upload = createUploadGate()
  app.setValidatorCompiler(validateAllButBody)
  await app.register(multipart, { limits, throwFileSizeLimit: false })

  app.post(
    '/conversations/:id/messages/image',
    {
      schema: {
        summary: 'Send an image',
        params: conversationParams,
        headers: sendHeaders,
        consumes: ['multipart/form-data'],
        body: sendImageBody,
        response: { 200: messageResponse, 201: messageResponse, ...refusals },
      },
    },
    async (request, reply) => {
      const { actor, params } = request
      const image = { conversationId: params.id, clientKey: request.headers['idempotency-key'] }
      const send = () => sendImage(chat, actor, { ...image, read: () => readImage(request) })
      const { message, created, cursors } = await upload(actor.userId, send)
      return reply.code(created ? 201 : 200).send({ data: messageView(message, cursors, blobUrl) })
    },
  )
}

async function readImage(request: FastifyRequest): Promise<Buffer> {
  if (!request.isMultipart()) throw new ChatError('invalid', 'must be sent as multipart/form-data', 'image')
  refuseGivenUp(request, 'image')
  const file = await request.file().catch(refuseMalformed)
  if (file?.fieldname !== 'image') throw new ChatError('invalid', 'is required, as a file', 'image')
  return file.toBuffer().catch(refuseMalformed)
}

function refuseMalformed(error: unknown): never {
  if (error instanceof ChatError) throw error
  throw new ChatError(
    'invalid',
    'could not be read: the multipart body is malformed or was cut short',
    'image',
  )
}
