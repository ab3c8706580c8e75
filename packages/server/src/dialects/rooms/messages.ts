import {
  chatParams,
  editMessageBody,
  messageListQuery,
  messageListResponse,
  messageParams,
  messageResponse,
  readResponse,
  sendHeaders,
  sendMessageBody,
} from '@parley/wire/rooms'
import type { MessageList } from '@parley/wire/rooms'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { ChatError } from '../../core/errors.ts'
import { readNewest } from '../../core/history.ts'
import { deleteMessage, editMessage } from '../../core/message-changes.ts'
import { showPage } from '../../core/showing.ts'
import { sendMessage } from '../../core/sending.ts'
import { markRead } from '../../core/receipts.ts'
import { sendJson } from '../../http/json.ts'
import { isStaff } from './auth.ts'
import { answer, badBody, conflict, invalid, notFound, operation, pagination, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { showMessage } from './show.ts'
import { messageView } from './views.ts'

export const messageRoutes: FastifyPluginAsyncZod<Scope> = async (app, scope) => {
  const { chat, blobUrl, editMinutes } = scope

  app.get(
    '/:id/messages',
    {
      schema: {
        ...operation('listMessages', 'List messages, newest first', 'Messages'),
        params: chatParams,
        querystring: messageListQuery,
        response: { 200: messageListResponse, ...refusals, ...notFound, ...invalid },
      },
    },
    async ({ actor, params, query: { page, limit, before } }, reply) => {
      const asked = {
        conversationId: params.id,
        query: { before, offset: (page - 1) * limit, limit },
        read: readNewest,
        dialect: 'rooms',
      }
      const json = await showPage(chat, actor, asked, ({ messages, total, readers }) => {
        const views = messages.toReversed().map((message) => messageView(message, readers, blobUrl))
        const found = { messages: views, pagination: pagination(page, limit, total) }
        return answer(found) satisfies MessageList
      })
      return sendJson(reply, json)
    },
  )

  app.post(
    '/:id/messages',
    {
      schema: {
        ...operation('sendMessage', 'Send a message', 'Messages'),
        params: chatParams,
        headers: sendHeaders,
        body: sendMessageBody,
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
    async ({ actor, params, headers, body: { content: text, type, replyToMessageId, metadata } }, reply) => {
      if (type === 'system' && !(await isStaff(chat, actor)))
        throw new ChatError('forbidden', 'Only support and admins may send system messages.')
      const clientKey = headers['idempotency-key']
      const replyToId = replyToMessageId ?? undefined
      const input = { conversationId: params.id, type, text, replyToId, metadata, clientKey }
      const { message, created } = await sendMessage(chat, actor, input)
      // Nobody can have read it yet.
      if (created) return reply.code(201).send(answer({ message: messageView(message, [], blobUrl) }))
      return reply.code(200).send(answer({ message: await showMessage(scope, message) }))
    },
  )

  app.patch(
    '/:id/messages/read',
    {
      schema: {
        ...operation('markRead', 'Mark everything as read', 'Messages'),
        params: chatParams,
        response: { 200: readResponse, ...refusals, ...notFound },
      },
    },
    async ({ actor, params }) => answer({ modifiedCount: await markRead(chat, actor, params.id) }),
  )

  app.put(
    '/:id/messages/:messageId',
    {
      schema: {
        ...operation('editMessage', 'Edit an own message', 'Messages'),
        params: messageParams,
        body: editMessageBody,
        response: { 200: messageResponse, ...refusals, ...notFound, ...conflict, ...badBody },
      },
    },
    async ({ actor, params: { id: conversationId, messageId }, body }) => {
      const terms = { conversationId, minutes: editMinutes }
      const message = await editMessage(chat, actor, messageId, body.content, terms)
      return answer({ message: await showMessage(scope, message) })
    },
  )

  app.delete(
    '/:id/messages/:messageId',
    {
      schema: {
        ...operation('deleteMessage', 'Delete a message', 'Messages'),
        params: messageParams,
        response: { 200: messageResponse, ...refusals, ...notFound, ...conflict },
      },
    },
    async ({ actor, params: { id, messageId } }) => {
      const message = await deleteMessage(chat, actor, messageId, id)
      return answer({ message: await showMessage(scope, message) })
    },
  )
}
