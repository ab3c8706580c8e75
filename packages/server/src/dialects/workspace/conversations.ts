import {
  conversationListResponse,
  conversationResponse,
  convertConversationBody,
  createConversationBody,
  idParams,
  listConversationsBody,
  markReadBody,
  preferencesResponse,
  updateConversationBody,
  updatePreferencesBody,
} from '@parley/wire/workspace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import {
  archiveConversation,
  convertConversation,
  getConversation,
  listConversations,
  updateConversation,
} from '../../core/conversations.ts'
import type { ListPlace } from '../../core/conversations.ts'
import { createConversation } from '../../core/creation.ts'
import type { Cursors } from '../../core/cursor.ts'
import { updatePreferences } from '../../core/preferences.ts'
import { markRead } from '../../core/receipts.ts'
import { conflict, done, invalid, notFound, operation, page, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { showConversation, showConversations } from './show.ts'
import { preferencesView } from './views.ts'

export const conversationRoutes: FastifyPluginAsyncZod<Scope> = async (app, scope) => {
  const { chat, cursors } = scope

  app.post(
    '/conversations/list',
    {
      schema: {
        ...operation('list-conversations', 'List conversations, the most recently active first'),
        body: listConversationsBody,
        response: { 200: conversationListResponse, ...refusals, ...invalid },
      },
    },
    async ({ actor, body: { cursor, limit, filter } }) => {
      const before = cursor === undefined ? undefined : readPlace(cursors, cursor)
      const overviews = await listConversations(chat, actor, { filter, limit: limit + 1, before })
      const { data, page: around } = page(overviews, limit, ({ place }) => writePlace(cursors, place))
      return { data: await showConversations(scope, actor, data), page: around }
    },
  )

  app.post(
    '/conversations/create',
    {
      schema: {
        ...operation('create-conversation', 'Start a conversation, or find the dm with somebody'),
        body: createConversationBody,
        response: { 200: conversationResponse, 201: conversationResponse, ...refusals, ...invalid },
      },
    },
    async ({ actor, body }, reply) => {
      const { overview, created } = await createConversation(chat, actor, body)
      return reply.code(created ? 201 : 200).send({ data: await showConversation(scope, actor, overview) })
    },
  )

  app.post(
    '/conversations/:id/get',
    {
      schema: {
        ...operation('get-conversation', 'Get a conversation'),
        params: idParams,
        response: { 200: conversationResponse, ...refusals, ...notFound },
      },
    },
    async ({ actor, params }) => ({
      data: await showConversation(scope, actor, await getConversation(chat, actor, params.id)),
    }),
  )

  app.post(
    '/conversations/:id/update',
    {
      schema: {
        ...operation('update-conversation', 'Rename or describe a conversation, open or close a channel'),
        params: idParams,
        body: updateConversationBody,
        response: { 200: conversationResponse, ...refusals, ...notFound, ...conflict, ...invalid },
      },
    },
    async ({ actor, params, body }) => ({
      data: await showConversation(scope, actor, await updateConversation(chat, actor, params.id, body)),
    }),
  )

  app.post(
    '/conversations/:id/archive',
    {
      schema: {
        ...operation('archive-conversation', 'Archive a conversation'),
        params: idParams,
        response: { ...done, ...refusals, ...notFound, ...conflict },
      },
    },
    async ({ actor, params }, reply) => {
      await archiveConversation(chat, actor, params.id)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/conversations/:id/convert',
    {
      schema: {
        ...operation('convert-conversation', 'Make a private channel of a group'),
        params: idParams,
        body: convertConversationBody,
        response: { 200: conversationResponse, ...refusals, ...notFound, ...conflict, ...invalid },
      },
    },
    async ({ actor, params, body }) => ({
      data: await showConversation(scope, actor, await convertConversation(chat, actor, params.id, body)),
    }),
  )

  app.post(
    '/conversations/:id/read',
    {
      schema: {
        ...operation('mark-conversation-read', 'Mark a conversation as read, or read up to a message'),
        params: idParams,
        body: markReadBody,
        response: { ...done, ...refusals, ...notFound, ...invalid },
      },
    },
    async ({ actor, params, body }, reply) => {
      await markRead(chat, actor, params.id, body.lastReadMessageId)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/conversations/:id/preferences/update',
    {
      schema: {
        ...operation(
          'update-conversation-preferences',
          'Star or mute a conversation, or choose what notifies',
        ),
        params: idParams,
        body: updatePreferencesBody,
        response: { 200: preferencesResponse, ...refusals, ...notFound, ...invalid },
      },
    },
    async ({ actor, params, body: { muteUntil: mutedUntil, ...rest } }) => ({
      data: preferencesView(await updatePreferences(chat, actor, params.id, { ...rest, mutedUntil })),
    }),
  )
}

const KIND = 'workspace conversations'

const writePlace = (cursors: Cursors, { asOf, activeAt, id }: ListPlace) =>
  cursors.encode(KIND, [asOf.getTime(), activeAt.getTime(), id])

function readPlace(cursors: Cursors, text: string): ListPlace {
  const [asOf, activeAt, id] = cursors.decode(KIND, text)
  return { asOf: new Date(Number(asOf)), activeAt: new Date(Number(activeAt)), id: Number(id) }
}
