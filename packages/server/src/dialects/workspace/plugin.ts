import { named } from '@parley/wire/workspace'
import type { FastifyPluginAsync } from 'fastify'
import type { Authentication } from '../../http/authentication.ts'
import { callerSecurity, limitRate, requireCaller } from '../../http/caller.ts'
import { useEnvelope } from '../../http/envelope.ts'
import { describeApi } from '../../http/openapi.ts'
import { useZod } from '../../http/schemas.ts'
import { attachmentRoutes } from './attachments.ts'
import { actorOf, authenticate } from './auth.ts'
import { conversationRoutes } from './conversations.ts'
import { answerWhatIsNoOperation, workspaceErrors } from './errors.ts'
import { memberRoutes } from './members.ts'
import { messageRoutes } from './messages.ts'
import { pinRoutes } from './pins.ts'
import { presenceRoutes } from './presence.ts'
import { reactionRoutes } from './reactions.ts'
import { realtimeRoutes, subscriptionRoutes } from './realtime.ts'
import type { Scope } from './scope.ts'

export interface WorkspaceOptions extends Scope {
  authentication: Authentication
  sessionCookie: string
  /** Requests per minute and user; 0 is off. */
  rateLimit: number
}

/** Document 001: channels, groups and direct messages of an organisation, `POST /chat/*`. */
export const workspace: FastifyPluginAsync<WorkspaceOptions> = async (app, options) => {
  useZod(app)
  useEnvelope(app, workspaceErrors)
  await describeApi(app, {
    name: 'workspace',
    title: 'Parley: workspace',
    description:
      'The people of an organisation talk in channels, groups and direct messages. Every operation is a POST.',
    security: callerSecurity(options.sessionCookie),
    named,
  })
  // Outside of what asks who calls: nobody needs to sign in to learn that they have the wrong address.
  for (const prefix of Object.keys(OPERATIONS))
    await app.register(async (app) => answerWhatIsNoOperation(app), { prefix })
  await app.register(operations, options)
}

const OPERATIONS: Record<string, FastifyPluginAsync<Scope>[]> = {
  '/chat': [
    conversationRoutes,
    memberRoutes,
    messageRoutes,
    reactionRoutes,
    pinRoutes,
    attachmentRoutes,
    subscriptionRoutes,
  ],
  '/realtime': [realtimeRoutes],
  '/presence': [presenceRoutes],
}

/** A message of 10,000 characters may take 120,000 bytes, and a thousand user ids more. */
const BODY_BYTES = 512 * 1024

const operations: FastifyPluginAsync<WorkspaceOptions> = async (app, options) => {
  const { chat, authentication, cursors, blobUrl, uploadUrl, tokens } = options
  requireCaller(app, {
    chat,
    authenticate: (credentials) => authenticate(authentication, credentials),
    actorOf: ({ userId }) => actorOf(chat, userId),
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
  const scope: Scope = { chat, cursors, blobUrl, uploadUrl, tokens }
  for (const [prefix, plugins] of Object.entries(OPERATIONS))
    for (const plugin of plugins) await app.register(plugin, { ...scope, prefix })
}
