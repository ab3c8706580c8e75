import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { Message } from '../app/entities/message/model/message.schema.ts'
import {
  noMessages,
  reduceMessages,
  shownMessages,
  type MessagesAction,
} from '../app/entities/message/model/messages.ts'
import { companion, me, message, pending } from './support/shapes.ts'

const order = ['sent', 'delivered', 'read']

/** A conversation on a server, and one tab that looks at it over a bad line. */
function talk() {
  const log: Message[] = []
  const written = new Map<string, number>()
  const events: MessagesAction[] = []
  const pages: Message[][] = []
  let reply: { key: string; id: number } | null = null
  let seen = { delivered: 0, read: 0 }
  let state = noMessages(me)
  let keys = 0

  const statusOf = (id: number) => (id <= seen.read ? 'read' : id <= seen.delivered ? 'delivered' : 'sent')
  const now = (entry: Message): Message => ({
    ...entry,
    status: entry.sender_id === me ? statusOf(entry.id) : 'sent',
  })
  function write(sender: number, text: string): number {
    const entry = message({ id: log.length + 1, sender_id: sender, text })
    log.push(entry)
    events.push({ type: 'arrived', messages: [entry] })
    return entry.id
  }
  function happen(action: MessagesAction) {
    const before = state
    state = reduceMessages(state, action)
    holds(before)
  }
  function holds(before: typeof state) {
    const ids = state.messages.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other))
    for (const { id, status } of before.messages) {
      const later = state.messages.find((each) => each.id === id)?.status ?? ''
      expect(order.indexOf(later)).toBeGreaterThanOrEqual(order.indexOf(status))
    }
    const shown = shownMessages(state)
    for (const { standIn, key } of state.pending)
      expect(shown.some((each) => each.id === standIn || ('key' in each && each.key === key))).toBe(true)
  }

  return {
    server: () => log.map(now),
    client: () => state,
    begun: () => keys,
    done: () => written.size,
    idle: () => !reply && events.length === 0 && pages.length === 0,
    acts: {
      writes: (text: string) => {
        const key = `key ${++keys}`
        happen({ type: 'queued', message: pending({ key, id: -keys, text }) })
      },
      sends: () => {
        const next = state.pending.find((each) => each.state === 'queued')
        if (reply || !next) return
        const { key, text } = next
        happen({ type: 'changed', key, change: { state: 'sending', tried: true } })
        const id = written.get(key) ?? write(me, text ?? '')
        written.set(key, id)
        reply = { key, id }
      },
      isAnswered: () => {
        const entry = reply && log.find(({ id }) => id === reply?.id)
        if (reply && entry) happen({ type: 'acknowledged', key: reply.key, message: now(entry) })
        reply = null
      },
      hearsNoAnswer: () => {
        if (reply) happen({ type: 'changed', key: reply.key, change: { state: 'queued' } })
        reply = null
      },
      writesElsewhere: (text: string) => void write(me, text),
      isWrittenTo: (text: string) => void write(companion, text),
      isRead: () => {
        seen = { delivered: log.length, read: log.length }
        events.push({ type: 'read', upTo: log.length })
      },
      isHeard: (upTo: number) => {
        seen = { ...seen, delivered: Math.max(seen.delivered, Math.min(upTo, log.length)) }
        events.push({ type: 'delivered', upTo: seen.delivered })
      },
      hears: () => {
        const event = events.shift()
        if (event) happen(event)
      },
      asks: (from: number) =>
        void pages.push(
          log
            .slice(from, from + 3)
            .map(now)
            .reverse(),
        ),
      isShown: () => {
        const page = pages.shift()
        if (page) happen({ type: 'fetched', messages: page })
      },
    },
  }
}

type Talk = ReturnType<typeof talk>
type Step = (talk: Talk) => void

const text = fc.constantFrom('ok', 'thanks')
const position = fc.nat(12)
const step: fc.Arbitrary<Step> = fc.oneof(
  text.map(
    (words): Step =>
      ({ acts }) =>
        acts.writes(words),
  ),
  fc.constant<Step>(({ acts }) => acts.sends()),
  fc.constant<Step>(({ acts }) => acts.isAnswered()),
  fc.constant<Step>(({ acts }) => acts.hearsNoAnswer()),
  text.map(
    (words): Step =>
      ({ acts }) =>
        acts.writesElsewhere(words),
  ),
  text.map(
    (words): Step =>
      ({ acts }) =>
        acts.isWrittenTo(words),
  ),
  fc.constant<Step>(({ acts }) => acts.isRead()),
  position.map(
    (upTo): Step =>
      ({ acts }) =>
        acts.isHeard(upTo),
  ),
  fc.constant<Step>(({ acts }) => acts.hears()),
  position.map(
    (from): Step =>
      ({ acts }) =>
        acts.asks(from),
  ),
  fc.constant<Step>(({ acts }) => acts.isShown()),
)

/** The line is good again: everything is sent, answered, heard and shown. */
function settle({ acts, client, idle }: Talk) {
  while (client().pending.length > 0 || !idle()) {
    acts.sends()
    acts.hears()
    acts.isAnswered()
    acts.isShown()
  }
}

describe('in whatever order things come', () => {
  test.prop([fc.array(step, { maxLength: 60 })])(
    'each message is there once, in order, with the mark that the server has',
    (steps) => {
      const conversation = talk()
      for (const take of steps) take(conversation)
      settle(conversation)
      expect(conversation.client().messages).toEqual(conversation.server())
    },
  )

  test.prop([fc.array(step, { maxLength: 60 })])(
    'nothing that was written is lost, and nothing is written twice',
    (steps) => {
      const conversation = talk()
      for (const take of steps) take(conversation)
      settle(conversation)
      expect(conversation.done()).toBe(conversation.begun())
    },
  )
})
