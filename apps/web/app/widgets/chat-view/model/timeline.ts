import type { Message } from '#chat/entities/message/model/message.schema.ts'
import type { PendingMessage } from '#chat/entities/message/model/messages.ts'

/** A message with its place among its neighbours. */
export interface Entry {
  key: number | string
  message: Message
  sending: PendingMessage | null
  /** Whether a new day begins with it. */
  day: boolean
  /** Whether it is the first that was unread at opening. */
  unread: boolean
  /** Whether it begins, or ends, what one person said in a row. */
  first: boolean
  last: boolean
}

const PAUSE_MS = 5 * 60_000

export function timelineOf(
  messages: readonly (Message | PendingMessage)[],
  firstUnreadId: number | null,
): Entry[] {
  const entries: Entry[] = []
  let before: Entry | undefined
  for (const message of messages) {
    const day = !before || dayOf(before.message) !== dayOf(message)
    const unread = message.id === firstUnreadId
    const first = !before || day || unread || !belongTogether(before.message, message)
    if (before) before.last = first
    const sending = 'key' in message ? message : null
    before = { key: sending?.key ?? message.id, message, sending, day, unread, first, last: true }
    entries.push(before)
  }
  return entries
}

function belongTogether(one: Message, other: Message): boolean {
  return (
    one.sender_id === other.sender_id &&
    one.type !== 'system' &&
    other.type !== 'system' &&
    timeOf(other) - timeOf(one) < PAUSE_MS
  )
}

/** Parsed once: a burst goes through the whole list on every frame. */
const times = new WeakMap<Message, { time: number; day: string }>()

function parsed(message: Message) {
  const known = times.get(message)
  if (known) return known
  const date = new Date(message.created_at)
  const fresh = { time: date.getTime(), day: date.toDateString() }
  times.set(message, fresh)
  return fresh
}

const timeOf = (message: Message) => parsed(message).time
const dayOf = (message: Message) => parsed(message).day
