import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { endSession, openSession } from '../core/sessions.ts'
import type { Chat } from '../core/types.ts'
import { endedResponse, refusals, sessionBody, sessionParams, sessionResponse } from './schemas.ts'

export const sessionRoutes: FastifyPluginAsyncZod<{ chat: Chat }> = async (app, { chat }) => {
  app.post(
    '/sessions',
    {
      schema: {
        operationId: 'openSession',
        summary: 'Open a session',
        body: sessionBody,
        response: { 201: sessionResponse, ...refusals },
      },
    },
    async ({ body }, reply) => {
      const { session, csrfToken, expiresAt } = await openSession(chat, body.user_id, body.ttl_seconds)
      return reply
        .code(201)
        .send({ data: { session, csrf_token: csrfToken, expires_at: expiresAt.toISOString() } })
    },
  )

  app.delete(
    '/sessions/:session',
    {
      schema: {
        operationId: 'endSession',
        summary: 'End a session',
        params: sessionParams,
        response: { 200: endedResponse, ...refusals },
      },
    },
    async ({ params }) => ({
      data: { ended: await endSession(chat, params.session) },
    }),
  )
}
