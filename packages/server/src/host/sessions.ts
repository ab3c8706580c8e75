import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { endSession, openSession } from '../core/sessions.ts'
import type { Chat } from '../core/types.ts'
import { sessionBody, sessionParams } from './schemas.ts'

export const sessionRoutes: FastifyPluginAsyncZod<{ chat: Chat }> = async (app, { chat }) => {
  app.post('/sessions', { schema: { body: sessionBody } }, async ({ body }, reply) => {
    const { session, csrfToken, expiresAt } = await openSession(chat, body.user_id, body.ttl_seconds)
    return reply.code(201).send({ data: { session, csrf_token: csrfToken, expires_at: expiresAt } })
  })

  app.delete('/sessions/:session', { schema: { params: sessionParams } }, async ({ params }) => ({
    data: { ended: await endSession(chat, params.session) },
  }))
}
