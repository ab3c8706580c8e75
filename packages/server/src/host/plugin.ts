import type { FastifyPluginAsync } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { ChatError } from '../core/errors.ts'
import type { Chat } from '../core/types.ts'
import { answerUnknownPaths, useEnvelope } from '../http/envelope.ts'
import { describeApi } from '../http/openapi.ts'
import { plainErrors } from '../http/plain-errors.ts'
import { useZod } from '../http/schemas.ts'
import { isAmong } from '../http/secrets.ts'
import { bearer } from '../identity.ts'
import { notificationRoutes } from './notifications.ts'
import { productRoutes } from './products.ts'
import { purchaseRequestRoutes } from './purchase-requests.ts'
import { sessionRoutes } from './sessions.ts'
import { userRoutes } from './users.ts'

export interface HostOptions {
  chat: Chat
  /** The bearer secret of the host application's back end. */
  token: string
}

/** The host application's own door: whom it knows, what they talk about, and who is signed in. */
export const host: FastifyPluginAsync<HostOptions> = async (app, { chat, token }) => {
  useZod(app)
  useEnvelope(app, plainErrors)
  await describeApi(app, {
    name: 'host',
    title: 'Parley: host API',
    description: 'For the back end of the application that Parley serves. Never call it from a browser.',
    security: [{ token: { type: 'http', scheme: 'bearer' } }],
  })
  await app.register(guarded, { chat, token, prefix: '/host' })
}

const guarded: FastifyPluginAsyncZod<HostOptions> = async (app, { chat, token }) => {
  answerUnknownPaths(app, plainErrors)
  app.addHook('onRequest', async ({ headers }) => {
    if (!isAmong([token], bearer(headers) ?? ''))
      throw new ChatError('unauthenticated', 'The bearer token is missing or wrong.')
  })
  await app.register(userRoutes, { chat })
  await app.register(productRoutes, { chat })
  await app.register(purchaseRequestRoutes, { chat })
  await app.register(sessionRoutes, { chat })
  await app.register(notificationRoutes, { chat })
}
