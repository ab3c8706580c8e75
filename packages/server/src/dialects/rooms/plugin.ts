import { named } from '@parley/wire/rooms'
import type { FastifyPluginAsync } from 'fastify'
import type { Authentication } from '../../http/authentication.ts'
import { callerSecurity, limitRate, requireCaller } from '../../http/caller.ts'
import { answerUnknownPaths, useEnvelope } from '../../http/envelope.ts'
import { describeApi } from '../../http/openapi.ts'
import { useZod } from '../../http/schemas.ts'
import { actorOf, authenticate } from './auth.ts'
import { chatRoutes } from './chats.ts'
import { fileRoutes } from './files.ts'
import { roomsErrors } from './errors.ts'
import { messageRoutes } from './messages.ts'
import { participantRoutes } from './participants.ts'
import type { Scope } from './scope.ts'

export interface RoomsOptions extends Scope {
  authentication: Authentication
  sessionCookie: string
  /** Requests per minute and user; 0 is off. */
  rateLimit: number
}

/** Document 002: direct, group, support and purchase-request chats, `/api/chat/*`. */
export const rooms: FastifyPluginAsync<RoomsOptions> = async (app, options) => {
  useZod(app)
  useEnvelope(app, roomsErrors)
  await describeApi(app, {
    name: 'rooms',
    title: 'Parley: rooms',
    description:
      'People talk directly, in groups, with support, and about purchase requests. Events arrive in Socket.IO rooms.',
    security: callerSecurity(options.sessionCookie),
    named,
  })
  await app.register(chats, { ...options, prefix: '/api/chat' })
}

/** A message of 10,000 characters may take 120,000 bytes, and a thousand user ids more. */
const BODY_BYTES = 512 * 1024

const chats: FastifyPluginAsync<RoomsOptions> = async (app, options) => {
  answerUnknownPaths(app, roomsErrors)
  const { chat, authentication, blobUrl, editMinutes, fileMegabytes } = options
  requireCaller(app, {
    chat,
    authenticate: (credentials) => authenticate(authentication, credentials),
    actorOf,
  })
  limitRate(app, options.rateLimit)
  app.addHook('onRoute', (route) => {
    route.bodyLimit = BODY_BYTES
  })
  app.addHook('preValidation', (request, _reply, done) => {
    // Nothing is the same as nothing in particular.
    request.body ??= {}
    done()
  })
  const scope: Scope = { chat, blobUrl, editMinutes, fileMegabytes }
  await app.register(chatRoutes, scope)
  await app.register(participantRoutes, scope)
  await app.register(messageRoutes, scope)
  await app.register(fileRoutes, scope)
}
