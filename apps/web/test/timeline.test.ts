import { describe, expect, test } from 'vitest'
import type { Message } from '../app/entities/message/model/message.schema.ts'
import { timelineOf, type Entry } from '../app/widgets/chat-view/model/timeline.ts'
import { message, pending } from './support/shapes.ts'

const at = (id: number, created_at: string, sender_id = 7) => message({ id, created_at, sender_id })
const timeline = (messages: Message[], firstUnreadId: number | null = null, known: Entry[] = []) =>
  timelineOf(messages, { firstUnreadId, known, keyOf: (message) => message.id })
const noon = (id: number, minute: number, sender_id = 7) =>
  at(id, `2026-02-11T12:${String(minute).padStart(2, '0')}:00+00:00`, sender_id)

describe('the timeline of a conversation', () => {
  test('begins a day with the first message of it', () => {
    const days = [at(1, '2026-02-10T12:00:00+00:00'), noon(2, 0), noon(3, 1)]
    expect(timeline(days).map(({ day }) => day)).toEqual([true, true, false])
  })

  test('keeps together what one person says in a row', () => {
    const entries = timeline([noon(1, 0), noon(2, 1), noon(3, 2, 42), noon(4, 3)])
    expect(entries.map(({ first }) => first)).toEqual([true, false, true, true])
    expect(entries.map(({ last }) => last)).toEqual([false, true, true, true])
  })

  test('parts what is said after a while', () => {
    expect(timeline([noon(1, 0), noon(2, 5)]).map(({ first }) => first)).toEqual([true, true])
  })

  test('draws the line before the first unread message, which begins anew', () => {
    const entries = timeline([noon(1, 0), noon(2, 1)], 2)
    expect(entries.map(({ unread }) => unread)).toEqual([false, true])
    expect(entries.map(({ first }) => first)).toEqual([true, true])
  })

  test('knows what is on its way, and each message by its key', () => {
    const waiting = pending({ key: 'a', id: -1 })
    const keyOf = ({ id }: Message) => (id === -1 ? 'a' : id)
    const entries = timelineOf([noon(1, 0), waiting], { firstUnreadId: null, keyOf })
    expect(entries.map(({ key, sending }) => [key, sending])).toEqual([
      [1, null],
      ['a', waiting],
    ])
  })

  test('is the same whether or not it was known before the change', () => {
    const messages = [noon(1, 0), noon(2, 1), noon(3, 2, 42), noon(4, 3), noon(5, 20)]
    const histories = [
      messages,
      messages.slice(0, 3),
      messages.slice(2),
      [...messages, noon(6, 21)],
      messages.with(2, noon(3, 2)),
      messages.toSpliced(1, 1),
      [],
    ]
    for (const before of histories) {
      for (const after of histories) {
        for (const unread of [null, 2, 4]) {
          const known = timeline(before, 4)
          expect(timeline(after, unread, known)).toEqual(timeline(after, unread))
          expect(known).toEqual(timeline(before, 4))
        }
      }
    }
  })

  test('takes what has not changed as it is', () => {
    const messages = [noon(1, 0), noon(2, 1), noon(3, 2)]
    const known = timeline(messages)
    const entries = timeline([...messages, noon(4, 3)], null, known)
    expect(entries[1]).toBe(known[1])
    expect(entries.map(({ last }) => last)).toEqual([false, false, false, true])
  })
})
