import type { FastifyInstance } from 'fastify'
import type { ErrorCode } from '../core/errors.ts'
import { refusalOf } from './errors.ts'
import type { Refusal } from './errors.ts'

/** A dialect's status for each way in which core refuses. */
type StatusTable = Record<ErrorCode, number>

/** What most dialects answer; one that differs says where. */
export const STATUSES: StatusTable = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  invalid: 422,
  too_large: 422,
  unsupported_type: 422,
  conflict: 409,
  rate_limited: 429,
  unavailable: 503,
}

export interface EnvelopeOptions {
  statuses: StatusTable
  /** Where it is not plain JSON. */
  mediaType?: string
  /** The body of a refusal; `null` for a fault of ours. */
  envelope: (refusal: Refusal | null, error?: Error) => unknown
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** Every failure in this scope answers in the dialect's own words. */
export function useEnvelope(
  app: FastifyInstance,
  { statuses, mediaType = JSON_TYPE, envelope }: EnvelopeOptions,
): void {
  app.setErrorHandler<Error>((error, request, reply) => {
    const refusal = refusalOf(error, request.routeOptions)
    if (!refusal) request.log.error({ err: error }, 'request failed')
    return reply
      .code(refusal ? statuses[refusal.code] : 500)
      .type(mediaType)
      .send(envelope(refusal, error))
  })
}

/** So do paths under this scope's prefix that lead nowhere. */
export function answerUnknownPaths(
  app: FastifyInstance,
  { statuses, mediaType = JSON_TYPE, envelope }: EnvelopeOptions,
): void {
  const body = envelope({ code: 'not_found', message: 'There is nothing here.' })
  app.setNotFoundHandler((_request, reply) => reply.code(statuses.not_found).type(mediaType).send(body))
}
