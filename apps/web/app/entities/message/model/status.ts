import { messageStatusSchema, type Message } from './message.schema.ts'

type Status = Message['status']

const order = messageStatusSchema.options

/** A status only moves forward, whatever comes late. */
export function laterStatus(one: Status, other: Status): Status {
  return order.indexOf(one) < order.indexOf(other) ? other : one
}
