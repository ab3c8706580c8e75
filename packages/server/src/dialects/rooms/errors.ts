import type { ErrorResponse } from '@parley/wire/rooms'
import { STATUSES } from '../../http/envelope.ts'
import type { EnvelopeOptions } from '../../http/envelope.ts'
import type { Refusal } from '../../http/errors.ts'

/** The document's statuses; its codes are core's own. */
export const roomsErrors: EnvelopeOptions = {
  statuses: { ...STATUSES, invalid: 400, too_large: 413, unsupported_type: 415 },
  envelope(refusal): ErrorResponse {
    if (!refusal) return failure('internal', 'Something went wrong on our side.')
    return failure(refusal.code, messageOf(refusal))
  },
}

const failure = (code: ErrorResponse['error']['code'], message: string): ErrorResponse => ({
  success: false,
  error: { code, message },
})

/** What core calls otherwise than the document. */
const FIELDS: Record<string, string> = {
  memberIds: 'participantIds',
  name: 'title',
  replyToId: 'replyToMessageId',
  userIds: 'userId',
}

const ABOUT_INPUT = new Set<Refusal['code']>(['invalid', 'too_large', 'unsupported_type'])

/** `content: must not be empty`: what is wrong with the input, by field. */
function messageOf({ code, message, details }: Refusal): string {
  if (!details || !ABOUT_INPUT.has(code)) return message
  return Object.entries(details)
    .map(([field, faults]) => `${FIELDS[field] ?? field}: ${faults.join(', ')}`)
    .join('; ')
}
