import {
  acknowledgement,
  conversationListQuery,
  conversationListResponse,
  conversationParams,
  conversationResponse,
  createConversationBody,
  unreadCountResponse,
} from '@parley/wire/marketplace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import {
  getConversation,
  hideConversation,
  listConversations,
  totalUnread,
} from '../../core/conversations.ts'
import { openAboutSubject } from '../../core/creation.ts'
import type { Cursors } from '../../core/cursor.ts'
import { ChatError } from '../../core/errors.ts'
import { getSubject } from '../../core/subjects.ts'
import type { Actor, Chat } from '../../core/types.ts'
import { blaming } from '../../http/errors.ts'
import { isNumericId } from './auth.ts'
import { DEFAULT_LIMIT, page, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { conversationView } from './views.ts'

export const conversationRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat, cursors, blobUrl }) => {
  app.post(
    '/conversations',
    {
      schema: {
        summary: 'Start a conversation about a product, or find it',
        body: createConversationBody,
        response: { 200: conversationResponse, 201: conversationResponse, ...refusals },
      },
    },
    async ({ actor, body }, reply) => {
      const { overview, created } = await openAboutProduct(chat, actor, body.product_id)
      return reply.code(created ? 201 : 200).send({ data: conversationView(overview, blobUrl) })
    },
  )

  app.get(
    '/conversations',
    {
      schema: {
        summary: 'List conversations, the most recently active first',
        querystring: conversationListQuery,
        response: { 200: conversationListResponse, ...refusals },
      },
    },
    async ({ actor, query }) => {
      const { limit = DEFAULT_LIMIT, cursor, filter } = query
      const before = cursor === undefined ? {} : { before: readCursor(cursors, cursor) }
      const list = { filter, limit: limit + 1, ...before }
      const { data, meta } = page(await listConversations(chat, actor, list), limit, ({ place }) =>
        cursors.encode('conversations', [place.asOf.getTime(), place.activeAt.getTime(), place.id]),
      )
      return { data: data.map((overview) => conversationView(overview, blobUrl)), meta }
    },
  )

  app.get(
    '/conversations/unread-count',
    {
      schema: {
        summary: 'Count unread messages in all conversations',
        response: { 200: unreadCountResponse, ...refusals },
      },
    },
    async ({ actor }) => ({ data: { total_unread: await totalUnread(chat, actor) } }),
  )

  app.get(
    '/conversations/:id',
    {
      schema: {
        summary: 'Get a conversation',
        params: conversationParams,
        response: { 200: conversationResponse, ...refusals },
      },
    },
    async ({ actor, params }) => ({
      data: conversationView(await getConversation(chat, actor, params.id), blobUrl),
    }),
  )

  app.delete(
    '/conversations/:id',
    {
      schema: {
        summary: 'Hide a conversation until the companion writes again',
        params: conversationParams,
        response: { 200: acknowledgement, ...refusals },
      },
    },
    async ({ actor, params }) => {
      await hideConversation(chat, actor, params.id)
      return { data: { message: 'Conversation deleted' } }
    },
  )
}

async function openAboutProduct(chat: Chat, actor: Actor, productId: number) {
  const about = { type: 'product', id: String(productId) }
  const { ownerId } = await getSubject(chat, about.type, about.id)
  if (ownerId !== null && !isNumericId(ownerId)) {
    throw new ChatError('invalid', 'The seller of this product cannot be reached here.', 'product_id')
  }
  return openAboutSubject(chat, actor, about).catch(blaming('product_id'))
}

function readCursor(cursors: Cursors, text: string) {
  const [asOf, activeAt, id] = cursors.decode('conversations', text)
  return { asOf: new Date(Number(asOf)), activeAt: new Date(Number(activeAt)), id: Number(id) }
}
