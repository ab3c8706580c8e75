import type { DialogsErrorCode, ErrorResponse } from '@parley/wire/dialogs'
import { ChatError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { STATUSES } from '../../http/envelope.ts'
import type { EnvelopeOptions } from '../../http/envelope.ts'
import { inSnakeCase } from '../../http/errors.ts'
import type { Refusal } from '../../http/errors.ts'

const CODES: Record<ErrorCode, DialogsErrorCode> = {
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

/** The protocol's own names for some of what is refused. */
const NAMES = {
  DIALOG_NOT_FOUND: 'not_found',
  MESSAGE_NOT_FOUND: 'not_found',
  ATTACHMENT_NOT_FOUND: 'not_found',
  SCOPE_MISMATCH: 'forbidden',
  NOT_PARTICIPANT: 'forbidden',
  NOT_MESSAGE_AUTHOR: 'forbidden',
  ALREADY_PARTICIPANT: 'invalid',
} as const satisfies Partial<Record<DialogsErrorCode, ErrorCode>>

type Name = keyof typeof NAMES

class NamedError extends ChatError {
  readonly as: Name

  constructor(as: Name, message: string) {
    super(NAMES[as], message)
    this.as = as
  }
}

/** For `.catch`: what core refuses so has that name here. */
export const as =
  (names: Partial<Record<ErrorCode, Name>>) =>
  (error: unknown): never => {
    const name = error instanceof ChatError ? names[error.code] : undefined
    throw name && error instanceof ChatError ? new NamedError(name, error.message) : error
  }

export const notFound = (name: 'DIALOG_NOT_FOUND' | 'MESSAGE_NOT_FOUND' | 'ATTACHMENT_NOT_FOUND') =>
  new NamedError(name, 'There is nothing of that id here.')

/** For what participants do in a dialog. */
export const asParticipant = as({ not_found: 'DIALOG_NOT_FOUND', forbidden: 'NOT_PARTICIPANT' })

export const dialogsErrors: EnvelopeOptions = {
  statuses: { ...STATUSES, invalid: 400, too_large: 413, unsupported_type: 415 },
  envelope(refusal, error): ErrorResponse {
    if (!refusal) return failure('INTERNAL_ERROR', 'Something went wrong on our side.')
    const code = error instanceof NamedError ? error.as : CODES[refusal.code]
    return failure(code, messageOf(inSnakeCase({ ...refusal, details: inWords(refusal) })))
  },
}

const failure = (code: DialogsErrorCode, message: string): ErrorResponse => ({ error: { code, message } })

/** What core calls otherwise than the protocol. */
const FIELDS: Record<string, string> = {
  attachmentId: 'attachments',
  attachmentIds: 'attachments',
  name: 'title',
  replyToId: 'reply_to',
  text: 'content',
}

const inWords = ({ details = {} }: Refusal) =>
  Object.fromEntries(Object.entries(details).map(([field, faults]) => [FIELDS[field] ?? field, faults]))

/** `content: must not be empty`: what is wrong with the input, by field. */
function messageOf({ message, details = {} }: Refusal): string {
  const faults = Object.entries(details).map(([field, messages]) => `${field}: ${messages.join(', ')}`)
  return faults.join('; ') || message
}
