import multipart from '@fastify/multipart'
import { chatParams, fileFields, messageResponse, sendFileBody, sendHeaders } from '@parley/wire/rooms'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { sendFile } from '../../core/files.ts'
import { createUploadGate } from '../../core/upload-gate.ts'
import { parseInput, validateAllButBody } from '../../http/schemas.ts'
import { readForm } from './form.ts'
import { answer, badBody, conflict, notFound, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { showMessage } from './show.ts'
import { messageView } from './views.ts'

const MEGABYTE = 1024 * 1024
/** A caption of 10,000 characters takes up to 40,000 bytes. */
const FIELD_BYTES = 64 * 1024

export const fileRoutes: FastifyPluginAsyncZod<Scope> = async (app, scope) => {
  const { chat, blobUrl, fileMegabytes } = scope
  const maxBytes = fileMegabytes * MEGABYTE
  // One byte more than allowed, so that the refusal comes from the rule and can name it.
  const limits = { fileSize: maxBytes + 1, files: 1, fields: 10, parts: 11, fieldSize: FIELD_BYTES }
  const upload = createUploadGate()
  app.setValidatorCompiler(validateAllButBody)
  await app.register(multipart, { limits, throwFileSizeLimit: false })

  app.post(
    '/:id/messages/file',
    {
      schema: {
        ...operation('sendFile', 'Send a file', 'Messages'),
        params: chatParams,
        headers: sendHeaders,
        consumes: ['multipart/form-data'],
        body: sendFileBody,
        response: {
          200: messageResponse,
          201: messageResponse,
          ...refusals,
          ...notFound,
          ...conflict,
          ...badBody,
        },
      },
    },
    async (request, reply) => {
      const { actor, params, headers } = request
      const form = readForm(request)
      const file = {
        conversationId: params.id,
        clientKey: headers['idempotency-key'],
        maxBytes,
        open: form.file,
        content: async () => contentOf(await form.fields()),
      }
      const { message, created } = await upload(actor.userId, () => sendFile(chat, actor, file))
      if (created) return reply.code(201).send(answer({ message: messageView(message, [], blobUrl) }))
      return reply.code(200).send(answer({ message: await showMessage(scope, message) }))
    },
  )
}

function contentOf(fields: Record<string, unknown>) {
  const { content, replyToMessageId: replyToId } = parseInput(fileFields, fields)
  return { text: content || null, replyToId }
}
