import type { ErrorCode } from '../../core/errors.ts'
import { STATUSES } from '../../http/envelope.ts'
import type { EnvelopeOptions } from '../../http/envelope.ts'

const CODES: Record<ErrorCode, string> = {
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  not_found: 'NOT_FOUND',
  invalid: 'VALIDATION_ERROR',
  too_large: 'PAYLOAD_TOO_LARGE',
  unsupported_type: 'UNSUPPORTED_MEDIA_TYPE',
  conflict: 'CONFLICT',
  rate_limited: 'RATE_LIMITED',
  unavailable: 'UNAVAILABLE',
}

export const dialogsErrors: EnvelopeOptions = {
  statuses: { ...STATUSES, invalid: 400, too_large: 413, unsupported_type: 415 },
  envelope(refusal) {
    if (!refusal) return { error: { code: 'INTERNAL_ERROR', message: 'Something went wrong on our side.' } }
    return { error: { code: CODES[refusal.code], message: refusal.message } }
  },
}
