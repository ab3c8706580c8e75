import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Authentication } from '../../http/authentication.ts'
import { answerUnknownPaths, useEnvelope } from '../../http/envelope.ts'
import { describeApi } from '../../http/openapi.ts'
import { useZod } from '../../http/schemas.ts'
import { nameUser } from '../../logger.ts'
import { actorOf, authenticate, checkCsrf } from './auth.ts'
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
    security: {
      session: {
        type: 'apiKey',
        in: 'cookie',
        name: options.sessionCookie,
        description: "A change also echoes the session's CSRF token in `X-CSRF-TOKEN`.",
      },
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    },
  })
  await app.register(connectProxy, options)
  await app.register(vendor, { ...options, prefix: '/api/vendor' })
}

const vendor: FastifyPluginAsync<MarketplaceOptions> = async (app, options) => {
  answerUnknownPaths(app, marketplaceErrors)
  requireUser(app, options)
  if (options.rateLimit > 0) await limitRate(app, options.rateLimit)
  const { chat, cursors, blobUrl } = options
  const scope: Scope = { chat, cursors, blobUrl }
  await app.register(conversationRoutes, scope)
  await app.register(messageRoutes, scope)
  await app.register(imageRoutes, scope)
  await app.register(userRoutes, scope)
}

function requireUser(app: FastifyInstance, { authentication, chat }: MarketplaceOptions): void {
  app.decorateRequest('actor')
  app.addHook('onRequest', async (request) => {
    const user = await authenticate(authentication, request.headers)
    nameUser(request.log, user.userId)
    checkCsrf(request, user)
    request.actor = actorOf(user)
    chat.presence.seen(user.userId)
  })
}

async function limitRate(app: FastifyInstance, max: number): Promise<void> {
  await app.register(rateLimit, {
    max,
    timeWindow: '1 minute',
    hook: 'preValidation',
    keyGenerator: ({ actor }) => actor.userId,
  })
}
