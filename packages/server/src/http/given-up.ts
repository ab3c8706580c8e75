import type { FastifyRequest } from 'fastify'
import { ChatError } from '../core/errors.ts'

/** To be called right before a form is read: its parser waits forever for a request that has been given up by then. */
export function refuseGivenUp({ raw }: FastifyRequest, field: string): void {
  if (raw.readableAborted) throw new ChatError('invalid', 'was cut short', field)
}
