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

export interface TimelineOptions {
  firstUnreadId: number | null
  /** Stays the same when a message is confirmed. */
  keyOf: (message: Message | PendingMessage) => number | string
  /** The timeline as it was: all that stands before the first change is taken from it. */
  known?: readonly Entry[]
}

export function timelineOf(
  messages: readonly (Message | PendingMessage)[],
  { firstUnreadId, keyOf, known = [] }: TimelineOptions,
): Entry[] {
  const isUnread = ({ id }: Message) => id === firstUnreadId
  const isSame = (message: Message, index: number) =>
    known[index]?.message === message &&
    known[index].unread === isUnread(message) &&
    known[index].key === keyOf(message)
  // Whether the last one before a change ends a row is not known.
  const entries = known.slice(0, Math.max(0, countWhile(messages, isSame) - 1))
  let before = entries.at(-1)
  for (const message of messages.slice(entries.length)) {
    const day = !before || dayOf(before.message) !== dayOf(message)
    const unread = isUnread(message)
    const first = !before || day || unread || !belongTogether(before.message, message)
    if (before) before.last = first
    const sending = 'key' in message ? message : null
    before = { key: keyOf(message), message, sending, day, unread, first, last: true }
    entries.push(before)
  }
  return entries
}

function countWhile<T>(items: readonly T[], isSo: (item: T, index: number) => boolean): number {
  const end = items.findIndex((item, index) => !isSo(item, index))
  return end === -1 ? items.length : end
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
