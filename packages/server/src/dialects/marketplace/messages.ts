import {
  acknowledgement,
  conversationParams,
  deliveredBody,
  listQuery,
  messageHitListResponse,
  messageListResponse,
  messageResponse,
  searchQuery,
  sendHeaders,
  sendMessageBody,
} from '@parley/wire/marketplace'
import type { MessageList } from '@parley/wire/marketplace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { readMessages } from '../../core/messages.ts'
import { showPage } from '../../core/showing.ts'
import { sendMessage } from '../../core/sending.ts'
import { markDelivered, markRead } from '../../core/receipts.ts'
import { searchEverywhere, searchInConversation } from '../../core/search.ts'
import type { MessageId } from '../../core/types.ts'
import { sendTyping } from '../../core/typing.ts'
import { blaming } from '../../http/errors.ts'
import { sendJson } from '../../http/json.ts'
import { DEFAULT_LIMIT, page, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { companionView, messageView, productView } from './views.ts'

export const messageRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat, cursors, blobUrl }) => {
  const before = (cursor: string | undefined): MessageId | null =>
    cursor === undefined ? null : Number(cursors.decode('messages', cursor)[0])
  const after = ({ id }: { id: MessageId }) => cursors.encode('messages', [id])

  app.get(
    '/conversations/:id/messages',
    {
      schema: {
        summary: 'List messages, newest first',
        params: conversationParams,
        querystring: listQuery,
        response: { 200: messageListResponse, ...refusals },
      },
    },
    async ({ actor, params, query: { limit = 50, cursor } }, reply) => {
      const asked = {
        conversationId: params.id,
        query: { before: before(cursor), limit },
        read: readMessages,
        dialect: 'marketplace',
      }
      const json = showPage(chat, actor, asked, ({ messages, cursors: places, hasBefore }) => {
        const data = messages.toReversed().map((message) => messageView(message, places, blobUrl))
        const [oldest] = hasBefore ? messages : []
        const meta = { has_more: hasBefore, next_cursor: oldest ? after(oldest) : null }
        return { data, meta } satisfies MessageList
      })
      return sendJson(reply, await json.catch(blaming('cursor')))
    },
  )

  app.post(
    '/conversations/:id/messages',
    {
      schema: {
        summary: 'Send a text message',
        params: conversationParams,
        headers: sendHeaders,
        body: sendMessageBody,
        response: { 200: messageResponse, 201: messageResponse, ...refusals },
      },
    },
    async ({ actor, params, headers, body: { text } }, reply) => {
      const clientKey = headers['idempotency-key']
      const input = { conversationId: params.id, type: 'text' as const, text, clientKey }
      const { message, created, cursors: places } = await sendMessage(chat, actor, input)
      return reply.code(created ? 201 : 200).send({ data: messageView(message, places, blobUrl) })
    },
  )

  app.post(
    '/conversations/:id/read',
    {
      schema: {
        summary: 'Mark a conversation as read',
        params: conversationParams,
        response: { 200: acknowledgement, ...refusals },
      },
    },
    async ({ actor, params }) => {
      await markRead(chat, actor, params.id)
      return { data: { message: 'Conversation marked as read' } }
    },
  )

  app.post(
    '/conversations/:id/delivered',
    {
      schema: {
        summary: 'Mark messages as delivered',
        params: conversationParams,
        body: deliveredBody,
        response: { 200: acknowledgement, ...refusals },
      },
    },
    async ({ actor, params, body }) => {
      await markDelivered(chat, actor, { conversationId: params.id, lastMessageId: body.last_message_id })
      return { data: { message: 'Messages marked as delivered' } }
    },
  )

  app.post(
    '/conversations/:id/typing',
    {
      schema: {
        summary: 'Tell the companion that you are typing',
        params: conversationParams,
        response: { 200: acknowledgement, ...refusals },
      },
    },
    async ({ actor, params }) => {
      await sendTyping(chat, actor, params.id)
      return { data: { message: 'OK' } }
    },
  )

  app.get(
    '/conversations/:id/messages/search',
    {
      schema: {
        summary: 'Search in a conversation',
        params: conversationParams,
        querystring: searchQuery,
        response: { 200: messageListResponse, ...refusals },
      },
    },
    async ({ actor, params, query: { q, limit = DEFAULT_LIMIT, cursor } }) => {
      const asked = { text: q, before: before(cursor), limit: limit + 1 }
      const { messages, cursors: places } = await searchInConversation(chat, actor, params.id, asked)
      const { data, meta } = page(messages, limit, after)
      return { data: data.map((message) => messageView(message, places, blobUrl)), meta }
    },
  )

  app.get(
    '/messages/search',
    {
      schema: {
        summary: 'Search in all conversations',
        querystring: searchQuery,
        response: { 200: messageHitListResponse, ...refusals },
      },
    },
    async ({ actor, query: { q, limit = DEFAULT_LIMIT, cursor } }) => {
      const asked = { text: q, before: before(cursor), limit: limit + 1 }
      const hits = await searchEverywhere(chat, actor, asked)
      const { data, meta } = page(hits, limit, ({ message }) => after(message))
      return {
        data: data.map(({ message, overview }) => ({
          ...messageView(message, overview.cursors, blobUrl),
          conversation: {
            id: message.conversationId,
            companion: companionView(overview),
            product: productView(overview),
          },
        })),
        meta,
      }
    },
  )
}
