import { getStatusBody, statusListResponse, updateStatusBody } from '@parley/wire/workspace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { getStatuses, heartbeat, setStatus } from '../../core/statuses.ts'
import { done, invalid, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'

const TAG = 'Presence'

export const presenceRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat }) => {
  app.post(
    '/heartbeat',
    {
      schema: {
        ...operation('presence-heartbeat', 'Give a sign of life', TAG),
        response: { ...done, ...refusals },
      },
    },
    async ({ actor }, reply) => {
      heartbeat(chat, actor)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/status/update',
    {
      schema: {
        ...operation('update-presence-status', 'Say what the others see while one is here', TAG),
        body: updateStatusBody,
        response: { ...done, ...refusals, ...invalid },
      },
    },
    async ({ actor, body }, reply) => {
      await setStatus(chat, actor, body.status)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/status/get',
    {
      schema: {
        ...operation('get-presence-status', 'Get the statuses of colleagues', TAG),
        body: getStatusBody,
        response: { 200: statusListResponse, ...refusals, ...invalid },
      },
    },
    async ({ actor, body }) => ({ data: await getStatuses(chat, actor, body.userIds) }),
  )
}
