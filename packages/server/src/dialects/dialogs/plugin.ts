import { named } from '@parley/wire/dialogs'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { ChatError } from '../../core/errors.ts'
import { callerSecurity, limitRate, requireCaller } from '../../http/caller.ts'
import { answerUnknownPaths, useEnvelope } from '../../http/envelope.ts'
import { describeApi } from '../../http/openapi.ts'
import { useZod } from '../../http/schemas.ts'
import { isAmong } from '../../http/secrets.ts'
import { bearer } from '../../identity.ts'
import { actorOf, claimedIn, identify } from './auth.ts'
import type { IdentityOptions } from './auth.ts'
import { dialogRoutes } from './dialogs.ts'
import { dialogsErrors } from './errors.ts'
import { fileRoutes } from './files.ts'
import { managementRoutes } from './management.ts'
import { membershipRoutes } from './membership.ts'
import { messageRoutes } from './messages.ts'
import type { Scope } from './scope.ts'

export interface DialogsOptions extends Scope, IdentityOptions {
  /** Of the host application's back end; without any, nothing is managed here. */
  adminTokens: string[]
  sessionCookie: string
  /** Requests per minute and user; 0 is off. */
  rateLimit: number
}

/** Document 004: conversations about things, `/api/v1/*`, and `/api/v1/management/*` for the host application. */
export const dialogs: FastifyPluginAsync<DialogsOptions> = async (app, options) => {
  useZod(app)
  useEnvelope(app, dialogsErrors)
  await describeApi(app, {
    name: 'dialogs',
    title: 'Parley: dialogs',
    description:
      'People talk about the things that the host application names. Events arrive on a WebSocket, /api/v1/ws.',
    security: callerSecurity(options.sessionCookie),
    otherSecurity: { admin: { type: 'http', scheme: 'bearer' } },
    named,
  })
  await app.register(participating, { ...options, prefix: '/api/v1' })
  await app.register(managing, { ...options, prefix: '/api/v1/management' })
}

/** A message of 50,000 bytes may take 300,000, and a thousand participants more. */
const BODY_BYTES = 1024 * 1024

function takeBodies(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.bodyLimit = BODY_BYTES
  })
  app.addHook('preValidation', async (request) => {
    // Nothing is the same as nothing in particular.
    request.body ??= {}
  })
}

const participating: FastifyPluginAsync<DialogsOptions> = async (app, options) => {
  answerUnknownPaths(app, dialogsErrors)
  const { chat, blobUrl, uploadUrl } = options
  requireCaller(app, {
    chat,
    async authenticate(credentials, request) {
      const caller = await identify(options, credentials, claimedIn(request.query))
      if (!caller.session) refuseForeignPages(request)
      return caller
    },
    actorOf,
  })
  limitRate(app, options.rateLimit)
  takeBodies(app)
  const scope: Scope = { chat, blobUrl, uploadUrl }
  await app.register(dialogRoutes, scope)
  await app.register(membershipRoutes, scope)
  await app.register(messageRoutes, scope)
  await app.register(fileRoutes, scope)
}

/** A page of another site may send a POST without asking first, but neither JSON nor a token. */
function refuseForeignPages({ method, headers }: FastifyRequest): void {
  if (method !== 'POST' || headers.authorization !== undefined) return
  if (headers['content-type']?.toLowerCase().startsWith('application/json')) return
  throw new ChatError('unsupported_type', 'The Content-Type must be application/json.')
}

const managing: FastifyPluginAsync<DialogsOptions> = async (app, { chat, adminTokens }) => {
  answerUnknownPaths(app, dialogsErrors)
  if (adminTokens.length === 0) return
  app.addHook('onRequest', async ({ headers }) => {
    const token = bearer(headers)
    if (token === undefined) throw new ChatError('unauthenticated', 'The bearer token is missing.')
    if (!isAmong(adminTokens, token)) throw new ChatError('forbidden', 'The bearer token is wrong.')
  })
  takeBodies(app)
  await app.register(managementRoutes, { chat })
}
