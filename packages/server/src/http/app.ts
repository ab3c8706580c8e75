import fastifyCors from '@fastify/cors'
import Fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import { answerUnknownPaths, useEnvelope } from './envelope.ts'
import { acceptEmptyJson } from './json.ts'
import { plainErrors } from './plain-errors.ts'

const BODY_BYTES = 64 * 1024

export interface AppOptions {
  config: Config
  logger: FastifyBaseLogger
  /** False once the server is on its way down. */
  accepting: () => boolean
}

/** The HTTP server with what holds for every route of it; routes come from the dialects. */
export async function createApp({ config, logger, accepting }: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: logger,
    trustProxy: config.trustProxy,
    bodyLimit: BODY_BYTES,
    genReqId: () => randomUUID(),
    logController: new LogController({ disableRequestLogging: true }),
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
  })
  app.addHook('onSend', async (_request, reply) => {
    // Otherwise a connection kept alive would keep the server from closing.
    if (!accepting()) void reply.header('connection', 'close')
  })
  app.addHook('onResponse', async ({ log }, reply) =>
    log.info({ res: reply, ms: Math.round(reply.elapsedTime) }, 'request'),
  )
  acceptEmptyJson(app)
  useEnvelope(app, plainErrors)
  answerUnknownPaths(app, plainErrors)
  await app.register(fastifyCors, { origin: config.allowedOrigins, credentials: true, maxAge: 600 })
  return app
}
