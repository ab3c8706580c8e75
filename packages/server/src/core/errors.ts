/** Every way in which core refuses. Each dialect has one table from these to its own status and envelope. */
export type ErrorCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'invalid'
  | 'too_large'
  | 'unsupported_type'
  | 'rate_limited'
  | 'conflict'
  | 'unavailable'

/** A refusal that may be shown to the caller: the message never carries a secret or somebody's text. */
export class ChatError extends Error {
  readonly code: ErrorCode
  /** The input field that is at fault, where there is one. */
  readonly field?: string

  constructor(code: ErrorCode, message: string, field?: string) {
    super(message)
    this.name = 'ChatError'
    this.code = code
    if (field !== undefined) this.field = field
  }
}
