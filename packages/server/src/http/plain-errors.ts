import type { ErrorCode } from '../core/errors.ts'
import type { EnvelopeOptions } from './envelope.ts'

const CODES: Record<ErrorCode, string> = {
  unauthenticated: 'unauthorized',
  forbidden: 'forbidden',
  not_found: 'not_found',
  invalid: 'validation',
  too_large: 'validation',
  unsupported_type: 'validation',
  conflict: 'conflict',
  rate_limited: 'rate_limited',
  unavailable: 'unavailable',
}

/** For whatever speaks for no dialect: `{error: {code, message, details?}}`. */
export const plainErrors: EnvelopeOptions = {
  statuses: {
    unauthenticated: 401,
    forbidden: 403,
    not_found: 404,
    invalid: 422,
    too_large: 422,
    unsupported_type: 422,
    conflict: 409,
    rate_limited: 429,
    unavailable: 503,
  },
  envelope(refusal) {
    if (!refusal) return { error: { code: 'internal', message: 'Something went wrong on our side.' } }
    return { error: { ...refusal, code: CODES[refusal.code] } }
  },
}
