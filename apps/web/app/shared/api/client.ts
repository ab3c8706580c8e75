import type { z } from 'zod'
import { errorResponse } from '@parley/wire/marketplace'

/** The server said no. `status` and `code` are those of its error envelope; `details` names the fields at fault. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly details: Record<string, string[]>
  /** Seconds to wait, where the server said so. */
  readonly retryAfter: number | null

  constructor(
    message: string,
    fault: { status: number; code: string; details?: Record<string, string[]>; retryAfter: number | null },
  ) {
    super(message)
    this.status = fault.status
    this.code = fault.code
    this.details = fault.details ?? {}
    this.retryAfter = fault.retryAfter
  }
}

/** No answer arrived: whether the server did what it was asked is not known. */
export class NetworkError extends Error {
  override name = 'NetworkError'
}

/** The cookies are another session's by now, and so may be the answer. */
export class SessionChanged extends NetworkError {
  override name = 'SessionChanged'
}

export interface RequestOptions {
  query?: Record<string, string | number | undefined>
  body?: object
  /** Sent again with the same key, a message is written once. */
  idempotencyKey?: string
  signal?: AbortSignal
  /** The CSRF token of the session that asks; without it, of whichever there is. */
  token?: string
}

const TIMEOUT_MS = 15_000

/** Calls Parley with the session's cookie. Throws ApiError or NetworkError; an abort by `signal` is thrown as it is. */
export async function request<S extends z.ZodType>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  schema: S,
  { query, body, idempotencyKey, signal, token = csrfToken() }: RequestOptions = {},
): Promise<z.infer<S>> {
  const headers = new Headers({ accept: 'application/json' })
  if (method !== 'GET') headers.set('x-csrf-token', token)
  if (body) headers.set('content-type', 'application/json')
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey)
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  let response: Response
  let text: string
  try {
    response = await fetch(withQuery(path, query), {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    text = await response.text()
  } catch (error) {
    signal?.throwIfAborted()
    throw new NetworkError('The server did not answer.', { cause: error })
  }
  return parseReply(schema, response.status, text, response.headers.get('retry-after'))
}

/** The requests of one session. */
export function requestOf(token: string): typeof request {
  return (method, path, schema, options) =>
    ofSession(token, request(method, path, schema, { ...options, token }))
}

/** What is answered to another session, which somebody began elsewhere, is not for this one. */
export async function ofSession<T>(token: string, answer: Promise<T>): Promise<T> {
  await answer.catch(() => null)
  if (isReplaced(token)) throw new SessionChanged('Somebody has signed in elsewhere.')
  return answer
}

/** Whether the cookies are those of another session; where there are none, the server says so. */
export function isReplaced(token: string): boolean {
  return !['', token].includes(csrfToken())
}

/** The reply as its schema has it, or the ApiError that its envelope tells of. */
export function parseReply<S extends z.ZodType>(
  schema: S,
  status: number,
  text: string,
  retryAfter: string | null,
): z.infer<S> {
  const reply = parseJson(text)
  if (status >= 200 && status < 300) return schema.parse(reply)
  const envelope = errorResponse.safeParse(reply)
  const { code, message, details } = envelope.data?.error ?? { code: 'server_error', message: text }
  throw new ApiError(message, {
    status,
    code,
    ...(details && { details }),
    retryAfter: secondsOf(retryAfter),
  })
}

/** A date will not do, since clocks differ. */
function secondsOf(retryAfter: string | null): number | null {
  const seconds = Number.parseFloat(retryAfter ?? '')
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null
}

/** Of whoever is signed in now: signing in changes it. */
export function csrfToken(): string {
  return /(?:^|; )CSRF_TOKEN=([^;]*)/.exec(document.cookie)?.[1] ?? ''
}

function withQuery(path: string, query: RequestOptions['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? path : `${path}?${String(new URLSearchParams(given))}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
