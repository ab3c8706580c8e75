import type { ErrorResponse } from '@parley/wire/marketplace'
import type { ErrorCode } from '../../core/errors.ts'
import type { EnvelopeOptions } from '../../http/envelope.ts'

type Code = ErrorResponse['error']['code']

const CODES: Record<ErrorCode, Code> = {
  unauthenticated: 'authentication_error',
  forbidden: 'authorization_error',
  not_found: 'not_found_error',
  invalid: 'validation_error',
  too_large: 'validation_error',
  unsupported_type: 'validation_error',
  conflict: 'validation_error',
  rate_limited: 'rate_limit_error',
  unavailable: 'server_error',
}

/** The document's table of errors. */
export const marketplaceErrors: EnvelopeOptions = {
  statuses: {
    unauthenticated: 401,
    forbidden: 403,
    not_found: 404,
    invalid: 422,
    too_large: 422,
    unsupported_type: 422,
    conflict: 422,
    rate_limited: 429,
    unavailable: 503,
  },
  envelope(refusal): ErrorResponse {
    if (!refusal) return { error: { code: 'server_error', message: 'Something went wrong on our side.' } }
    const { code, ...rest } = refusal
    return { error: { code: CODES[code], ...rest } }
  },
}
