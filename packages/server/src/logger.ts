import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { pino, stdTimeFunctions, type DestinationStream, type LevelWithSilent, type Logger } from 'pino'

// Nobody should log these; whoever does, logs `[hidden]`.
const HIDDEN_KEYS = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'x-csrf-token',
  'x-api-key',
  'csrf_token',
  'token',
  'session',
  'headers',
  'query',
  'body',
  'text',
  'content',
])
const VIEWS = { req: requestView, res: replyView, err: errorView }
const MAX_DEPTH = 4

/** For Fastify's `loggerInstance`. Whatever is logged, no secret and nobody's text can be read in it. */
export function createLogger(level: LevelWithSilent, stream?: DestinationStream): FastifyBaseLogger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    serializers: VIEWS,
    // pino's own redaction costs four times as much per line, and reaches only the depths it is told.
    formatters: { log: hideSecrets },
    hooks: { logMethod },
  }
  return stream ? pino(options, stream) : pino(options)
}

/** Adds the user to every further line about this request. */
export function nameUser(log: FastifyBaseLogger, userId: string): void {
  // Fastify's type leaves it out; a request's logger is a child of the one above, or a no-op without it.
  if ('setBindings' in log) (log as Logger).setBindings({ userId })
}

function requestView(request: FastifyRequest) {
  return { method: request.method, path: safePath(request.url) }
}

/** Of a request that Fastify turns away while it closes, it knows nothing but the status. */
function replyView({ request, statusCode }: Partial<FastifyReply>) {
  return { ...(request && requestView(request)), status: statusCode }
}

function safePath(url: string): string {
  return safeText(url.replace(/\?.*/s, ''))
}

/**
 * Without queries of URLs, without sessions, which the host API names in its path by the cookie's value, and without
 * the addresses of images, which whoever knows them can fetch.
 */
function safeText(text: string): string {
  return text
    .replace(/\?[^\s"']+/g, '?[hidden]')
    .replace(/\/sessions\/[^/\s"']+/g, '/sessions/[hidden]')
    .replace(/\/blobs\/[^\s"']+/g, '/blobs/[hidden]')
}

function hideSecrets(fields: object, depth = 0): Record<string, unknown> {
  const shown = Object.entries(fields).map(([key, value]: [string, unknown]) => {
    if (HIDDEN_KEYS.has(key.toLowerCase())) return [key, '[hidden]']
    return [key, depth === 0 && key in VIEWS ? value : hideWithin(value, depth + 1)]
  })
  return Object.fromEntries(shown) as Record<string, unknown>
}

function hideWithin(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return safeText(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (value instanceof Error) return errorView(value)
  if (ArrayBuffer.isView(value)) return '[bytes]'
  if (depth > MAX_DEPTH) return '[deep]'
  return Array.isArray(value) ? value.map((item) => hideWithin(item, depth + 1)) : hideSecrets(value, depth)
}

interface ErrorView {
  type: string
  code?: unknown
  message?: string
  stack?: string
  cause?: ErrorView
}

function errorView(error: unknown): ErrorView {
  if (!(error instanceof Error)) return { type: typeof error }
  return {
    type: error.name,
    ...('code' in error && { code: error.code }),
    message: safeMessage(error),
    stack: framesOf(error),
    ...(error.cause !== undefined && { cause: errorView(error.cause) }),
  }
}

// JSON.parse, PostgreSQL and validators quote what they were given: from the first quotation mark to the last.
function safeMessage(error: Error): string {
  return safeText(error.message.replace(/["'`].*["'`]/s, '"[hidden]"'))
}

function framesOf(error: Error): string {
  const lines = (error.stack ?? '').replace(error.message, () => '').split('\n')
  return lines.filter((line) => /^ +at .*:\d+:\d+\)?$/.test(line)).join('\n')
}

// Fastify writes URLs and messages of errors into the text of its lines, where no serialiser sees them.
function logMethod(
  this: Logger,
  [first, ...rest]: [unknown, ...unknown[]],
  method: (...args: unknown[]) => void,
) {
  const error = errorIn(first)
  const fields = first instanceof Error ? { err: first } : first
  const texts = error && (rest[0] ?? error.message) === error.message ? [safeMessage(error)] : rest
  const clean = (part: unknown) => (typeof part === 'string' ? safeText(part) : part)
  method.apply(this, [clean(fields), ...texts.map(clean)])
}

function errorIn(first: unknown): Error | undefined {
  const candidate = typeof first === 'object' && first !== null && 'err' in first ? first.err : first
  return candidate instanceof Error ? candidate : undefined
}
