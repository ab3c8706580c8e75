import {
  archiveResponse,
  chatListQuery,
  chatListResponse,
  chatParams,
  chatResponse,
  createChatBody,
  purchaseRequestBody,
  statsResponse,
  supportBody,
} from '@parley/wire/rooms'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { getConversation, getTotals, listPage, toggleArchived } from '../../core/conversations.ts'
import type { Created } from '../../core/creation.ts'
import { openDirect } from '../../core/direct.ts'
import { ChatError } from '../../core/errors.ts'
import { createGroup } from '../../core/groups.ts'
import { openPurchaseRequest } from '../../core/purchase-requests.ts'
import { openSupport } from '../../core/support.ts'
import type { Actor, Chat } from '../../core/types.ts'
import { blaming } from '../../http/errors.ts'
import { answer, badBody, conflict, invalid, notFound, operation, pagination, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { showChat, showChats } from './show.ts'

export const chatRoutes: FastifyPluginAsyncZod<Scope> = async (app, scope) => {
  const { chat } = scope

  app.post(
    '',
    {
      schema: {
        ...operation('createChat', 'Start a chat, or find the direct one with somebody', 'Chats'),
        body: createChatBody,
        response: { 200: chatResponse, 201: chatResponse, ...refusals, ...notFound, ...badBody },
      },
    },
    async ({ actor, body }, reply) => {
      const { overview, created } = await createChat(chat, actor, body)
      return reply.code(created ? 201 : 200).send(answer({ chat: await showChat(scope, overview) }))
    },
  )

  app.post(
    '/purchase-request',
    {
      schema: {
        ...operation('openPurchaseRequestChat', 'Start or find the chat about a purchase request', 'Chats'),
        body: purchaseRequestBody,
        response: { 200: chatResponse, 201: chatResponse, ...refusals, ...notFound, ...badBody },
      },
    },
    async ({ actor, body: { purchaseRequestId: requestId, sellerId } }, reply) => {
      const { overview, created } = await openPurchaseRequest(chat, actor, { requestId, sellerId })
      return reply.code(created ? 201 : 200).send(answer({ chat: await showChat(scope, overview) }))
    },
  )

  app.post(
    '/support',
    {
      schema: {
        ...operation('openSupportChat', 'Start a chat with everybody who helps people', 'Chats'),
        body: supportBody,
        response: { 201: chatResponse, ...refusals, ...conflict, ...badBody },
      },
    },
    async ({ actor, body: { subject, initialMessage: firstMessage } }, reply) => {
      const { overview } = await openSupport(chat, actor, { subject, firstMessage }).catch(blaming('subject'))
      return reply.code(201).send(answer({ chat: await showChat(scope, overview) }))
    },
  )

  app.get(
    '',
    {
      schema: {
        ...operation('listChats', 'List chats, the most recently active first', 'Chats'),
        querystring: chatListQuery,
        response: { 200: chatListResponse, ...refusals, ...invalid },
      },
    },
    async ({ actor, query: { page, limit, type } }) => {
      const kinds = type && [type]
      const { overviews, total } = await listPage(chat, actor, { page, limit, kinds })
      const chats = await showChats(scope, overviews)
      return answer({ chats, pagination: pagination(page, limit, total) })
    },
  )

  app.get(
    '/stats',
    {
      schema: {
        ...operation('getChatStats', 'Count chats, messages, and what is unread', 'Chats'),
        response: { 200: statsResponse, ...refusals },
      },
    },
    async ({ actor }) => {
      const { conversations, messages, unread } = await getTotals(chat, actor)
      return answer({ totalChats: conversations, totalMessages: messages, totalUnread: unread })
    },
  )

  app.get(
    '/:id/info',
    {
      schema: {
        ...operation('getChat', 'Get a chat', 'Chats'),
        params: chatParams,
        response: { 200: chatResponse, ...refusals, ...notFound },
      },
    },
    async ({ actor, params }) =>
      answer({ chat: await showChat(scope, await getConversation(chat, actor, params.id)) }),
  )

  app.patch(
    '/:id/archive',
    {
      schema: {
        ...operation('toggleArchived', 'Archive a chat for oneself, or bring it back', 'Chats'),
        params: chatParams,
        response: { 200: archiveResponse, ...refusals, ...notFound },
      },
    },
    async ({ actor, params }) => answer({ isArchived: await toggleArchived(chat, actor, params.id) }),
  )
}

async function createChat(
  chat: Chat,
  actor: Actor,
  { participantIds, type, title, metadata }: z.infer<typeof createChatBody>,
): Promise<Created> {
  const [otherId, ...more] = new Set(participantIds.filter((id) => id !== actor.userId))
  if (otherId === undefined) throw refused('must name at least 2 people, the caller included')
  if (type === 'direct') {
    if (more.length > 0) throw refused('must name 2 people for a direct chat, the caller included')
    return openDirect(chat, actor, otherId, { field: 'participantIds', metadata })
  }
  return createGroup(chat, actor, { name: title, metadata, memberIds: [otherId, ...more] })
}

const refused = (message: string) => new ChatError('invalid', message, 'participantIds')
