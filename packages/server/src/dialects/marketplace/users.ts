import { onlineResponse, userParams } from '@parley/wire/marketplace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { onlineStatus } from '../../core/presence.ts'
import { refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { timeView } from './views.ts'

export const userRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat }) => {
  app.get(
    '/users/:id/online',
    {
      schema: {
        summary: 'Tell whether a user is online',
        params: userParams,
        response: { 200: onlineResponse, ...refusals },
      },
    },
    async ({ params }) => {
      const { online, lastSeenAt } = await onlineStatus(chat, String(params.id))
      return { data: { online, last_seen_at: lastSeenAt && timeView(lastSeenAt) } }
    },
  )
}
