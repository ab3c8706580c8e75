import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { OpenAPIV3 } from 'openapi-types'
import { ChatError } from '../core/errors.ts'
import { hashToken } from '../core/sessions.ts'
import type { Actor, Chat } from '../core/types.ts'
import { nameUser } from '../logger.ts'
import type { Authenticated, Credentials } from './authentication.ts'
import { readCookie } from './cookies.ts'
import { createRateLimit, tooMany } from './rate-limit.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `requireCaller` before any handler runs, both. */
    caller: Authenticated
    actor: Actor
  }
}

interface CallerOptions {
  chat: Chat
  /** Throws ChatError `unauthenticated`. */
  authenticate: (credentials: Credentials, request: FastifyRequest) => Promise<Authenticated>
  actorOf: (user: Authenticated) => Actor | Promise<Actor>
}

/** Every request of this scope comes from a user, with a token or with the cookie of a session. */
export function requireCaller(app: FastifyInstance, { chat, authenticate, actorOf }: CallerOptions): void {
  app.decorateRequest('caller')
  app.decorateRequest('actor')
  app.addHook('onRequest', async (request) => {
    const user = await authenticate(request.headers, request)
    nameUser(request.log, user.userId)
    checkCsrf(request, user)
    request.caller = user
    request.actor = await actorOf(user)
    chat.presence.seen(user.userId)
  })
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A change made with a cookie must echo the token of that cookie's session, which a foreign page cannot read. */
function checkCsrf(request: FastifyRequest, { session }: Authenticated): void {
  if (!session || SAFE_METHODS.has(request.method)) return
  const token = request.headers['x-csrf-token']
  const cookie = readCookie(request.headers.cookie, 'CSRF_TOKEN')
  const matches =
    typeof token === 'string' &&
    timingSafeEqual(hashToken(token), session.csrfHash) &&
    (cookie === undefined || cookie === token)
  if (!matches) throw new ChatError('forbidden', 'The X-CSRF-TOKEN header is missing or wrong.')
}

/** Requests per minute and user; 0 is off. */
export function limitRate(app: FastifyInstance, most: number): void {
  const limit = createRateLimit(most)
  app.addHook('preValidation', async ({ actor }, reply) => {
    const seconds = limit(actor.userId)
    if (seconds === 0) return
    void reply.header('retry-after', seconds)
    throw tooMany()
  })
}

/** What a caller proves itself with, for a description. */
export function callerSecurity(sessionCookie: string): Record<string, OpenAPIV3.SecuritySchemeObject>[] {
  return [
    { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    {
      session: { type: 'apiKey', in: 'cookie', name: sessionCookie },
      csrf: {
        type: 'apiKey',
        in: 'header',
        name: 'X-CSRF-TOKEN',
        description: "The session's CSRF token, with every method but GET.",
      },
    },
  ]
}
