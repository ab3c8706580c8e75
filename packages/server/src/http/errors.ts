import type { FastifyError, FastifyRequest } from 'fastify'
import { ChatError } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'
import { DatabaseUnavailable } from '../db/errors.ts'
import { InvalidInput } from './schemas.ts'

/** What a dialect tells of a failed request, before its own status and envelope. */
export interface Refusal {
  code: ErrorCode
  message: string
  /** By field: as the client named it, or as core does. */
  details?: Record<string, string[]>
}

type Route = Pick<FastifyRequest['routeOptions'], 'bodyLimit' | 'schema'>

const ABOUT_BODY: Record<number, ErrorCode> = { 413: 'too_large', 415: 'unsupported_type' }

/** Null for a fault of ours, of which the client learns nothing. */
export function refusalOf(
  error: FastifyError | InvalidInput | ChatError | Error,
  route?: Route,
): Refusal | null {
  if (error instanceof ChatError) return ofChat(error)
  if (error instanceof InvalidInput) return ofInput(error)
  if (error instanceof DatabaseUnavailable) {
    return { code: 'unavailable', message: 'The server cannot answer just now. Try again in a moment.' }
  }
  const status = 'statusCode' in error ? error.statusCode : undefined
  if (status === undefined || status < 400 || status >= 500) return null
  const code = ABOUT_BODY[status] ?? 'invalid'
  return { code, message: 'The request is not valid.', details: { body: [bodyWording(error, route)] } }
}

function bodyWording(error: Error, { bodyLimit, schema }: Partial<Route> = {}): string {
  switch ('code' in error && error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return `must have at most ${bodyLimit} bytes`
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return `must be ${schema?.consumes?.join(' or ') ?? 'application/json'}`
    default:
      return error.message
  }
}

function ofChat({ code, message, field }: ChatError): Refusal {
  return { code, message, ...(field !== undefined && { details: { [field]: [message] } }) }
}

/** A path that names nothing is not found; anything else that is wrong is named by its field. */
function ofInput(error: InvalidInput & { validationContext?: string }): Refusal {
  if (error.validationContext === 'params') return { code: 'not_found', message: 'There is nothing here.' }
  return { code: 'invalid', message: error.message, details: error.details }
}

const snakeCase = (name: string) => name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()

/** For a dialect that writes fields like `user_id`. */
export function inSnakeCase({ details, ...refusal }: Refusal): Refusal {
  if (!details) return refusal
  const entries = Object.entries(details).map(([field, messages]) => [snakeCase(field), messages])
  return { ...refusal, details: Object.fromEntries(entries) as Refusal['details'] & object }
}

/** For `.catch`: whatever was wrong with the input was wrong with this field of it. */
export function blaming(field: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ChatError) || error.code !== 'invalid') throw error
    throw new ChatError(error.code, error.message, field)
  }
}
