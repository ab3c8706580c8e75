import { describe, expect, test } from 'vitest'
import {
  noMessages,
  reduceMessages,
  shownMessages,
  type MessagesAction,
} from '../app/entities/message/model/messages.ts'
import { me, message, pending } from './support/shapes.ts'

const after = (...actions: MessagesAction[]) => actions.reduce(reduceMessages, noMessages(me))
const shown = (...actions: MessagesAction[]) => shownMessages(after(...actions)).map(({ id }) => id)
const fetched = (...ids: number[]): MessagesAction => ({
  type: 'fetched',
  messages: ids.map((id) => message({ id })),
})
const own = (id: number, text = 'Hello!') => message({ id, sender_id: me, text })
const queued = (key: string, id: number): MessagesAction => ({
  type: 'queued',
  message: pending({ key, id }),
})
const sending = (key: string): MessagesAction => ({
  type: 'changed',
  key,
  change: { state: 'sending', tried: true },
})
const arrived = (...ids: number[]): MessagesAction => ({
  type: 'arrived',
  messages: ids.map((id) => own(id)),
})
const acknowledged = (key: string, id: number): MessagesAction => ({
  type: 'acknowledged',
  key,
  message: own(id),
})

describe('messages', () => {
  test('pages, newest first, are shown oldest first', () => {
    expect(shown(fetched(6, 5, 4), fetched(3, 2, 1))).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('what is in two pages is shown once', () => {
    expect(shown(fetched(5, 4, 3), fetched(4, 3, 2))).toEqual([2, 3, 4, 5])
  })

  test('what was missed between two pages takes its place', () => {
    expect(shown(fetched(9, 8), fetched(2, 1), fetched(5, 4))).toEqual([1, 2, 4, 5, 8, 9])
  })

  test('a message is shown below the others until it is confirmed', () => {
    const sent = [queued('a', -1), fetched(5), sending('a')] as const
    expect(shown(...sent)).toEqual([5, -1])
    expect(shown(...sent, acknowledged('a', 6))).toEqual([5, 6])
  })

  test('an event before the reply takes the place of the message', () => {
    const sent = [queued('a', -1), sending('a'), arrived(6)] as const
    expect(shown(...sent)).toEqual([6])
    expect(after(...sent, acknowledged('a', 6))).toMatchObject({ messages: [{ id: 6 }], pending: [] })
  })

  test('an event after the reply changes nothing, even where the next message says the same', () => {
    const sent = [queued('a', -1), queued('b', -2), sending('a'), acknowledged('a', 6), sending('b')] as const
    expect(shown(...sent, arrived(6))).toEqual([6, -2])
  })

  test('what another tab sends in the same words is another message', () => {
    const twins = [queued('a', -1), sending('a'), arrived(5), arrived(6)] as const
    expect(shown(...twins)).toEqual([5, 6])
    expect(shown(...twins, acknowledged('a', 6))).toEqual([5, 6])
    expect(shown(...twins, acknowledged('a', 6), arrived(7))).toEqual([5, 6, 7])
  })

  test('a message that fails is shown again, whatever stood for it', () => {
    const failed: MessagesAction = {
      type: 'changed',
      key: 'a',
      change: { state: 'failed', error: 'sendError' },
    }
    expect(shown(queued('a', -1), sending('a'), arrived(5), failed)).toEqual([5, -1])
  })

  test('words that have never been sent are not taken for what arrives', () => {
    expect(shown(queued('a', -1), arrived(5))).toEqual([5, -1])
  })

  test('a message that is taken back is gone', () => {
    expect(shown(queued('a', -1), queued('b', -2), { type: 'withdrawn', key: 'a' })).toEqual([-2])
  })
})

describe('check marks', () => {
  const statuses = (...actions: MessagesAction[]) => after(...actions).messages.map(({ status }) => status)
  const mine: MessagesAction = { type: 'fetched', messages: [own(3), own(2), own(1)] }

  test('a receipt is for all own messages up to it', () => {
    expect(statuses(mine, { type: 'delivered', upTo: 2 })).toEqual(['delivered', 'delivered', 'sent'])
    expect(statuses(mine, { type: 'delivered', upTo: 3 }, { type: 'read', upTo: 1 })).toEqual([
      'read',
      'delivered',
      'delivered',
    ])
  })

  test('a receipt that comes before its message is not forgotten', () => {
    expect(statuses({ type: 'read', upTo: 3 }, mine)).toEqual(['read', 'read', 'read'])
  })

  test('a page that was asked for before a receipt does not take it back', () => {
    expect(statuses(mine, { type: 'read', upTo: 3 }, mine)).toEqual(['read', 'read', 'read'])
  })

  test('what is known of one message holds for those before it', () => {
    const page: MessagesAction = { type: 'fetched', messages: [{ ...own(4), status: 'read' }] }
    expect(statuses(mine, page)).toEqual(['read', 'read', 'read', 'read'])
  })

  test("the companion's messages are not touched", () => {
    expect(statuses(fetched(2, 1), { type: 'read', upTo: 2 })).toEqual(['sent', 'sent'])
  })
})
