import { idParams, reactionBody } from '@parley/wire/workspace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { addReaction, removeReaction } from '../../core/reactions.ts'
import { conflict, done, invalid, notFound, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'

export const reactionRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat }) => {
  app.post(
    '/messages/:id/reactions/add',
    {
      schema: {
        ...operation('add-reaction', 'React to a message'),
        params: idParams,
        body: reactionBody,
        response: { ...done, ...refusals, ...notFound, ...conflict, ...invalid },
      },
    },
    async ({ actor, params, body }, reply) => {
      await addReaction(chat, actor, params.id, body.emoji)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/messages/:id/reactions/remove',
    {
      schema: {
        ...operation('remove-reaction', 'Take an own reaction back'),
        params: idParams,
        body: reactionBody,
        response: { ...done, ...refusals, ...notFound, ...conflict, ...invalid },
      },
    },
    async ({ actor, params, body }, reply) => {
      await removeReaction(chat, actor, params.id, body.emoji)
      return reply.code(204).send(undefined)
    },
  )
}
