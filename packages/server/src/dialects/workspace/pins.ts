import { idParams, messageListResponse, pageBody } from '@parley/wire/workspace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { listPinned, pinMessage, unpinMessage } from '../../core/pins.ts'
import type { Cursors } from '../../core/cursor.ts'
import { conflict, done, invalid, notFound, operation, page, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { showMessages } from './show.ts'

const KIND = 'workspace pins'

export const pinRoutes: FastifyPluginAsyncZod<Scope> = async (app, scope) => {
  const { chat, cursors } = scope

  app.post(
    '/messages/:id/pin',
    {
      schema: {
        ...operation('pin-message', 'Pin a message for everybody in its conversation'),
        params: idParams,
        response: { ...done, ...refusals, ...notFound, ...conflict },
      },
    },
    async ({ actor, params }, reply) => {
      await pinMessage(chat, actor, params.id)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/messages/:id/unpin',
    {
      schema: {
        ...operation('unpin-message', 'Unpin a message'),
        params: idParams,
        response: { ...done, ...refusals, ...notFound, ...conflict },
      },
    },
    async ({ actor, params }, reply) => {
      await unpinMessage(chat, actor, params.id)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/conversations/:id/pins/list',
    {
      schema: {
        ...operation('list-pinned-messages', 'List pinned messages, the last pinned first'),
        params: idParams,
        body: pageBody,
        response: { 200: messageListResponse, ...refusals, ...notFound, ...invalid },
      },
    },
    async ({ actor, params, body: { cursor, limit } }) => {
      const before = cursor === undefined ? null : readPlace(cursors, cursor)
      const pinned = await listPinned(chat, actor, params.id, { before, limit: limit + 1 })
      const { data, page: around } = page(pinned, limit, ({ pinnedAt, id }) =>
        cursors.encode(KIND, [pinnedAt?.getTime() ?? 0, id]),
      )
      return { data: await showMessages(scope, actor, data), page: around }
    },
  )
}

function readPlace(cursors: Cursors, text: string) {
  const [pinnedAt, id] = cursors.decode(KIND, text)
  return { pinnedAt: new Date(Number(pinnedAt)), id: Number(id) }
}
