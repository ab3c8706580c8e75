import { describe, expect, test } from 'vitest'
import {
  listedConversations,
  noConversations,
  reduceConversations,
  type ConversationsEvent,
  type ConversationsSnapshot,
} from '../app/entities/conversation/model/conversations.ts'
import { companion, conversation, me, message } from './support/shapes.ts'

type Action = ConversationsEvent | ConversationsSnapshot

const after = (...actions: Action[]) => actions.reduce(reduceConversations, noConversations(me))
const listed = (...actions: Action[]) => listedConversations(after(...actions), 'all')
const page = (...ids: number[]): Action => ({
  type: 'fetched',
  filter: 'all',
  conversations: ids.map((id) =>
    conversation({ id, last_message: message({ id: id * 10, conversation_id: id }) }),
  ),
  cursor: null,
  first: true,
})
const arrived = (id: number, fields: Partial<Parameters<typeof message>[0]> = {}): Action => ({
  type: 'arrived',
  messages: [message({ id, conversation_id: 1, ...fields })],
  reading: null,
})

describe('the list of conversations', () => {
  test('has the most recently active one first', () => {
    expect(listed(page(1, 3, 2)).map(({ id }) => id)).toEqual([3, 2, 1])
    expect(listed(page(1, 3, 2), arrived(99)).map(({ id }) => id)).toEqual([1, 3, 2])
  })

  test('shows the last message, and counts it', () => {
    expect(listed(page(1), arrived(11))[0]).toMatchObject({ last_message: { id: 11 }, unread_count: 1 })
  })

  test.each([
    ['an own message', arrived(11, { sender_id: me })],
    ['a message of the system', arrived(11, { sender_id: null, type: 'system' })],
    ['a message that the page had already', arrived(10)],
    ['a message that is older than that', arrived(9)],
  ])('does not count %s', (_what, event) => {
    expect(listed(page(1), event)[0]?.unread_count).toBe(0)
  })

  test('does not count a message that is read as it comes', () => {
    const event: Action = {
      ...arrived(11),
      type: 'arrived',
      messages: [message({ id: 11, conversation_id: 1 })],
      reading: 1,
    }
    expect(listed(page(1), event)[0]).toMatchObject({ last_message: { id: 11 }, unread_count: 0 })
  })

  test('counts a message once, whether it comes before or after a page that has it', () => {
    const counted: Action = {
      type: 'upserted',
      conversation: conversation({
        id: 1,
        last_message: message({ id: 11, conversation_id: 1 }),
        unread_count: 1,
      }),
    }
    expect(listed(page(1), arrived(11), counted)[0]?.unread_count).toBe(1)
    expect(listed(page(1), counted, arrived(11))[0]?.unread_count).toBe(1)
  })

  test('is read up to a message, and no further', () => {
    const unread = [page(1), arrived(11), arrived(12)]
    expect(listed(...unread, { type: 'readByMe', id: 1, upTo: 12 })[0]?.unread_count).toBe(0)
    expect(listed(...unread, { type: 'readByMe', id: 1, upTo: 11 })[0]?.unread_count).toBe(2)
  })

  test('shows how far the last message has come, if it is mine', () => {
    const mine = [page(1), arrived(11, { sender_id: me })]
    const mark = (...more: Action[]) => listed(...mine, ...more)[0]?.last_message?.status
    expect(mark({ type: 'delivered', id: 1, upTo: 10 })).toBe('sent')
    expect(mark({ type: 'delivered', id: 1, upTo: 11 })).toBe('delivered')
    expect(mark({ type: 'read', id: 1, upTo: 11 }, { type: 'delivered', id: 1, upTo: 11 })).toBe('read')
    expect(mark(arrived(12, { sender_id: companion }), { type: 'read', id: 1, upTo: 12 })).toBe('sent')
  })

  test('leaves out what has been removed, and has it again once it is listed', () => {
    expect(listed(page(1, 2), { type: 'removed', id: 2 }).map(({ id }) => id)).toEqual([1])
    expect(listed(page(1, 2), { type: 'removed', id: 2 }, { type: 'listed', id: 2 })).toHaveLength(2)
  })

  test('knows conversations that it does not show', () => {
    const known = after(page(1), { type: 'upserted', conversation: conversation({ id: 5 }) })
    expect(known.byId.has(5)).toBe(true)
    expect(listedConversations(known, 'all').map(({ id }) => id)).toEqual([1])
  })

  test('has the unread ones alone where those are asked for', () => {
    const state = after(page(1, 2), arrived(11))
    expect(listedConversations(state, 'unread').map(({ id }) => id)).toEqual([1])
  })

  test('first pages take away what is not there any more; next pages add to them', () => {
    expect(listed(page(1, 2), page(2, 3)).map(({ id }) => id)).toEqual([3, 2])
    const next: Action = {
      type: 'fetched',
      filter: 'all',
      conversations: [conversation({ id: 1 })],
      cursor: 'more',
      first: false,
    }
    expect(listed(page(3, 2), next).map(({ id }) => id)).toEqual([3, 2, 1])
  })
})
