import type { ErrorResponse } from '@parley/wire/marketplace'
import type { ErrorCode } from '../../core/errors.ts'
import { STATUSES } from '../../http/envelope.ts'
import type { EnvelopeOptions } from '../../http/envelope.ts'
import { inSnakeCase } from '../../http/errors.ts'

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
  statuses: { ...STATUSES, conflict: 422 },
  envelope(refusal): ErrorResponse {
    if (!refusal) return { error: { code: 'server_error', message: 'Something went wrong on our side.' } }
    const { code, ...rest } = inSnakeCase(refusal)
    return { error: { code: CODES[code], ...rest } }
  },
}
