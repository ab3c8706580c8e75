import fastifyCors from '@fastify/cors'
import Fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import { randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import { answerUnknownPaths, useEnvelope } from './envelope.ts'
import { acceptEmptyJson } from './json.ts'
import { plainErrors } from './plain-errors.ts'

const BODY_BYTES = 64 * 1024
/** Longer ones are refused by their schema, which can say so. */
const MAX_PARAM = 2048
/** How long a client may take to send a request, once its headers are there: 25 MB at 256 kbit/s take 14 minutes. */
const REQUEST_MS = 15 * 60_000

declare module 'fastify' {
  interface FastifyInstance {
    /** The origin of the server, as its clients see it. */
    publicUrl(): string
  }
}

export interface AppOptions {
  config: Config
  logger: FastifyBaseLogger
  /** False once the server is on its way down. */
  accepting: () => boolean
  /** Asked of every request before anything else; throws what refuses it. */
  admit?: ((request: FastifyRequest) => void) | undefined
}

/** The HTTP server with what holds for every route of it; routes come from the dialects. */
export async function createApp({ config, logger, accepting, admit }: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: logger,
    trustProxy: config.trustProxy,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    routerOptions: { maxParamLength: MAX_PARAM },
    rewriteUrl: ({ url = '/' }) => decodable(url),
    genReqId: () => randomUUID(),
    logController: new LogController({ disableRequestLogging: true }),
  })
  app.decorate('publicUrl', () => config.publicUrl ?? app.listeningOrigin)
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    done()
  })
  if (admit) app.addHook('onRequest', async (request) => admit(request))
  app.addHook('onSend', (_request, reply, _payload, done) => {
    // Otherwise a connection kept alive would keep the server from closing.
    if (!accepting()) void reply.header('connection', 'close')
    done()
  })
  app.addHook('onResponse', ({ log }, reply, done) => {
    log.info({ res: reply, ms: Math.round(reply.elapsedTime) }, 'request')
    done()
  })
  app.removeContentTypeParser('text/plain')
  acceptEmptyJson(app)
  useEnvelope(app, plainErrors)
  answerUnknownPaths(app, plainErrors)
  if (config.allowedOrigins.length > 0) await admitPagesOf(app, config.allowedOrigins)
  return app
}

async function admitPagesOf(app: FastifyInstance, origins: string[]): Promise<void> {
  await app.register(fastifyCors, {
    origin: origins,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['Retry-After'],
    maxAge: 600,
  })
}

/** A path that cannot be decoded leads nowhere, and is answered by the dialect that it would have led to. */
function decodable(url: string): string {
  if (!url.includes('%')) return url
  try {
    decodeURIComponent(url.replace(/\?.*/s, ''))
    return url
  } catch {
    return url.replaceAll('%', '%25')
  }
}
