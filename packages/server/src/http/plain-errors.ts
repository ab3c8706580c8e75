import type { EnvelopeOptions } from './envelope.ts'

/** For whatever speaks for no dialect: `{error: {code, message, details?}}`, with core's own codes. */
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
    return { error: refusal }
  },
}
