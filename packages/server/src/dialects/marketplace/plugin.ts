import type { FastifyPluginAsync } from 'fastify'
import type { Authentication } from '../../http/authentication.ts'
import { callerSecurity, limitRate, requireCaller } from '../../http/caller.ts'
import { answerUnknownPaths, useEnvelope } from '../../http/envelope.ts'
import { describeApi } from '../../http/openapi.ts'
import { useZod } from '../../http/schemas.ts'
import { actorOf, authenticate } from './auth.ts'
import { connectProxy } from './connect.ts'
import { conversationRoutes } from './conversations.ts'
import { marketplaceErrors } from './errors.ts'
import { imageRoutes } from './images.ts'
import { messageRoutes } from './messages.ts'
import type { Scope } from './scope.ts'
import { userRoutes } from './users.ts'

export interface MarketplaceOptions extends Scope {
  authentication: Authentication
  sessionCookie: string
  /** Requests per minute and user; 0 is off. */
  rateLimit: number
}

/** Document 000: the chat of buyers and sellers, `/api/vendor/*`. */
export const marketplace: FastifyPluginAsync<MarketplaceOptions> = async (app, options) => {
  useZod(app)
  useEnvelope(app, marketplaceErrors)
  await describeApi(app, {
    name: 'marketplace',
    title: 'Parley: marketplace',
    description:
      'A buyer and a seller talk about a product. Events arrive on `personal:#<userId>` (Centrifugo).',
    security: callerSecurity(options.sessionCookie),
  })
  await app.register(connectProxy, options)
  await app.register(vendor, { ...options, prefix: '/api/vendor' })
}

const vendor: FastifyPluginAsync<MarketplaceOptions> = async (app, options) => {
  answerUnknownPaths(app, marketplaceErrors)
  const { chat, authentication, cursors, blobUrl } = options
  requireCaller(app, {
    chat,
    authenticate: (credentials) => authenticate(authentication, credentials),
    actorOf,
  })
  limitRate(app, options.rateLimit)
  const scope: Scope = { chat, cursors, blobUrl }
  await app.register(conversationRoutes, scope)
  await app.register(messageRoutes, scope)
  await app.register(imageRoutes, scope)
  await app.register(userRoutes, scope)
}
