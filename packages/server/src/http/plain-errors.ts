import type { ErrorCode } from '../core/errors.ts'
import { STATUSES } from './envelope.ts'
import type { EnvelopeOptions } from './envelope.ts'
import { inSnakeCase } from './errors.ts'

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
  statuses: STATUSES,
  envelope(refusal) {
    if (!refusal) return { error: { code: 'internal', message: 'Something went wrong on our side.' } }
    return { error: { ...inSnakeCase(refusal), code: CODES[refusal.code] } }
  },
}
