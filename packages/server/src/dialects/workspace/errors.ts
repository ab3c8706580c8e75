import type { Problem } from '@parley/wire/workspace'
import type { FastifyInstance } from 'fastify'
import type { ErrorCode } from '../../core/errors.ts'
import { STATUSES } from '../../http/envelope.ts'
import type { EnvelopeOptions } from '../../http/envelope.ts'

type Kind = Pick<Problem, 'type' | 'title'>

const KINDS: Record<ErrorCode, Kind> = {
  unauthenticated: { type: '/problems/unauthenticated', title: 'Not signed in' },
  forbidden: { type: '/problems/forbidden', title: 'Not allowed' },
  not_found: { type: '/problems/not-found', title: 'Not found' },
  invalid: { type: '/problems/invalid', title: 'Not valid' },
  too_large: { type: '/problems/invalid', title: 'Not valid' },
  unsupported_type: { type: '/problems/invalid', title: 'Not valid' },
  conflict: { type: '/problems/conflict', title: 'Not possible now' },
  rate_limited: { type: '/problems/rate-limited', title: 'Too many requests' },
  unavailable: { type: '/problems/unavailable', title: 'Not available just now' },
}

const FAULT: Problem = {
  type: '/problems/internal',
  title: 'Internal error',
  status: 500,
  detail: 'Something went wrong on our side.',
}

const NOT_FOUND: Problem = { ...KINDS.not_found, status: 404, detail: 'There is nothing here.' }

const WRONG_METHOD: Problem = {
  type: '/problems/method-not-allowed',
  title: 'Method not allowed',
  status: 405,
  detail: 'Every operation is a POST.',
}

const MEDIA_TYPE = 'application/problem+json'

/** Problem details (RFC 9457). */
export const workspaceErrors: EnvelopeOptions = {
  statuses: STATUSES,
  mediaType: MEDIA_TYPE,
  envelope(refusal): Problem {
    if (!refusal) return FAULT
    const { code, message: detail, details: errors } = refusal
    return { ...KINDS[code], status: STATUSES[code], detail, ...(errors && { errors }) }
  },
}

/** Under this scope's prefix there are operations, and every one of them is a POST. */
export function answerWhatIsNoOperation(app: FastifyInstance): void {
  app.setNotFoundHandler(({ method }, reply) => {
    if (method !== 'POST') void reply.header('allow', 'POST')
    const problem = method === 'POST' ? NOT_FOUND : WRONG_METHOD
    return reply.code(problem.status).type(MEDIA_TYPE).send(problem)
  })
}
