import { describe, expect, test } from 'vitest'
import { timelineOf } from '../app/widgets/chat-view/model/timeline.ts'
import { message, pending } from './support/shapes.ts'

const at = (id: number, created_at: string, sender_id = 7) => message({ id, created_at, sender_id })
const noon = (id: number, minute: number, sender_id = 7) =>
  at(id, `2026-02-11T12:${String(minute).padStart(2, '0')}:00+00:00`, sender_id)

describe('the timeline of a conversation', () => {
  test('begins a day with the first message of it', () => {
    const days = [at(1, '2026-02-10T12:00:00+00:00'), noon(2, 0), noon(3, 1)]
    expect(timelineOf(days, null).map(({ day }) => day)).toEqual([true, true, false])
  })

  test('keeps together what one person says in a row', () => {
    const entries = timelineOf([noon(1, 0), noon(2, 1), noon(3, 2, 42), noon(4, 3)], null)
    expect(entries.map(({ first }) => first)).toEqual([true, false, true, true])
    expect(entries.map(({ last }) => last)).toEqual([false, true, true, true])
  })

  test('parts what is said after a while', () => {
    expect(timelineOf([noon(1, 0), noon(2, 5)], null).map(({ first }) => first)).toEqual([true, true])
  })

  test('draws the line before the first unread message, which begins anew', () => {
    const entries = timelineOf([noon(1, 0), noon(2, 1)], 2)
    expect(entries.map(({ unread }) => unread)).toEqual([false, true])
    expect(entries.map(({ first }) => first)).toEqual([true, true])
  })

  test('knows a message on its way by its key', () => {
    const waiting = pending({ key: 'a', id: -1 })
    expect(timelineOf([noon(1, 0), waiting], null).map(({ key, sending }) => [key, sending])).toEqual([
      [1, null],
      ['a', waiting],
    ])
  })
})
