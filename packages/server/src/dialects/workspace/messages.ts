import {
  conversationBody,
  editMessageBody,
  idParams,
  listMessagesBody,
  messageListResponse,
  messageResponse,
  searchMessagesBody,
  sendMessageBody,
} from '@parley/wire/workspace'
import type { MessageList } from '@parley/wire/workspace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { deleteMessage, editMessage } from '../../core/message-changes.ts'
import { readMessages } from '../../core/messages.ts'
import { showPage } from '../../core/showing.ts'
import { sendMessage } from '../../core/sending.ts'
import { searchMessages } from '../../core/search.ts'
import { sendTyping } from '../../core/typing.ts'
import { sendJson } from '../../http/json.ts'
import { conflict, done, invalid, notFound, operation, page, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { showMessage, showMessages } from './show.ts'
import { messageView } from './views.ts'

const HITS = 'workspace hits'

export const messageRoutes: FastifyPluginAsyncZod<Scope> = async (app, scope) => {
  const { chat, cursors, blobUrl } = scope

  app.post(
    '/messages/send',
    {
      schema: {
        ...operation('send-message', 'Send a message'),
        body: sendMessageBody,
        response: {
          200: messageResponse,
          201: messageResponse,
          ...refusals,
          ...notFound,
          ...conflict,
          ...invalid,
        },
      },
    },
    async ({ actor, body: { content, clientMsgId: clientKey, ...rest } }, reply) => {
      const input = { ...rest, type: 'text' as const, text: content || null, clientKey }
      const { message, created } = await sendMessage(chat, actor, input)
      // Nobody can have reacted to it yet.
      if (created) return reply.code(201).send({ data: messageView(message, [], blobUrl) })
      return reply.code(200).send({ data: await showMessage(scope, actor, message) })
    },
  )

  app.post(
    '/messages/list',
    {
      schema: {
        ...operation(
          'list-messages',
          'List messages, oldest first: the newest, or from one in any direction',
        ),
        body: listMessagesBody,
        response: { 200: messageListResponse, ...refusals, ...notFound, ...invalid },
      },
    },
    async ({ actor, body: { conversationId, ...place } }, reply) => {
      const asked = {
        conversationId,
        query: { ...place, deleted: true },
        read: readMessages,
        dialect: 'workspace',
      }
      const json = await showPage(chat, actor, asked, async ({ messages, hasBefore, hasAfter }) => {
        const data = await showMessages(scope, actor, messages)
        const prevCursor = hasBefore ? (data.at(0)?.id ?? null) : null
        const nextCursor = hasAfter ? (data.at(-1)?.id ?? null) : null
        return { data, page: { nextCursor, prevCursor } } satisfies MessageList
      })
      return sendJson(reply, json)
    },
  )

  app.post(
    '/messages/search',
    {
      schema: {
        ...operation('search-messages', 'Search in a conversation or everywhere, newest first'),
        body: searchMessagesBody,
        response: { 200: messageListResponse, ...refusals, ...notFound, ...invalid },
      },
    },
    async ({ actor, body: { query: text, conversationId = null, cursor, limit } }) => {
      const before = cursor === undefined ? null : Number(cursors.decode(HITS, cursor)[0])
      const hits = await searchMessages(chat, actor, { conversationId, text, before, limit: limit + 1 })
      const { data, page: around } = page(hits, limit, ({ id }) => cursors.encode(HITS, [id]))
      return { data: await showMessages(scope, actor, data), page: around }
    },
  )

  app.post(
    '/messages/:id/update',
    {
      schema: {
        ...operation('edit-message', 'Edit an own message'),
        params: idParams,
        body: editMessageBody,
        response: { 200: messageResponse, ...refusals, ...notFound, ...conflict, ...invalid },
      },
    },
    async ({ actor, params, body }) => ({
      data: await showMessage(scope, actor, await editMessage(chat, actor, params.id, body.content)),
    }),
  )

  app.post(
    '/messages/:id/delete',
    {
      schema: {
        ...operation('delete-message', 'Delete a message'),
        params: idParams,
        response: { ...done, ...refusals, ...notFound, ...conflict },
      },
    },
    async ({ actor, params }, reply) => {
      await deleteMessage(chat, actor, params.id)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/typing/send',
    {
      schema: {
        ...operation('send-typing', 'Tell the others that the caller is typing'),
        body: conversationBody,
        response: { ...done, ...refusals, ...notFound, ...invalid },
      },
    },
    async ({ actor, body }, reply) => {
      await sendTyping(chat, actor, body.conversationId)
      return reply.code(204).send(undefined)
    },
  )
}
