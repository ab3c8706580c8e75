import { describe, expect, test } from 'vitest'
import type { Conversation } from '@parley/wire/marketplace'
import { everyPage, hide, listConversations, markRead, openConversation, send } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import type { Person } from '../support/person.ts'

export function conversationList(chat: Chat) {
  const ids = (list: Conversation[]) => list.map(({ id }) => id)

  /** A buyer with so many conversations, the oldest activity first, most of it within one second of the clock. */
  async function busyBuyer(count: number) {
    const [buyer, seller] = [await chat.person(), await chat.person()]
    const opened: Conversation[] = []
    for (let n = 0; n < count; n++) {
      const conversation = await openConversation(buyer, await chat.product(seller))
      await send(n % 2 === 0 ? seller : buyer, conversation.id, `Message ${n}`)
      opened.push(conversation)
    }
    return { buyer, seller, opened }
  }

  const pages = (person: Person, query: { limit: number; filter?: string }) => (cursor: string | undefined) =>
    listConversations(person, { ...query, cursor })

  describe('GET /api/vendor/conversations', () => {
    test('is an empty page for somebody new', async () => {
      const expected = { data: [], meta: { has_more: false, next_cursor: null } }
      expect(await listConversations(await chat.person())).toEqual(expected)
    })

    test('gives 20 by default, most recent activity first, and the rest behind the cursor', async () => {
      const { buyer, seller, opened } = await busyBuyer(23)
      const newestFirst = ids(opened).reverse()
      const first = await listConversations(buyer)
      expect(ids(first.data)).toEqual(newestFirst.slice(0, 20))
      expect(first.meta).toEqual({ has_more: true, next_cursor: expect.any(String) as string })
      const rest = await listConversations(buyer, { cursor: first.meta.next_cursor ?? '' })
      expect(ids(rest.data)).toEqual(newestFirst.slice(20))
      expect(rest.meta).toEqual({ has_more: false, next_cursor: null })
      expect(ids((await listConversations(seller, { limit: 100 })).data)).toEqual(newestFirst)

      const revived = opened[3]?.id ?? 0
      await send(seller, revived, 'To the top')
      expect((await listConversations(buyer, { limit: 1 })).data[0]?.id).toBe(revived)
    })

    test('neither repeats nor skips across pages of one size or another, ties included', async () => {
      const { buyer, opened } = await busyBuyer(9)
      for (const limit of [1, 2, 3, 9, 100]) {
        expect(ids(await everyPage(pages(buyer, { limit })))).toEqual(ids(opened).reverse())
      }
    })

    test('repeats nothing while conversations already shown get new messages and new ones begin', async () => {
      const { buyer, seller, opened } = await busyBuyer(8)
      const shown = await everyPage(pages(buyer, { limit: 2 }), async (soFar) => {
        await send(seller, soFar[0]?.id ?? 0, 'Again')
        await openConversation(buyer, await chat.product(seller))
      })
      expect(ids(shown)).toEqual(ids(opened).reverse())
    })

    test('lists with filter=unread only what has unread messages, in pages', async () => {
      const { buyer, seller, opened } = await busyBuyer(8)
      const fromSeller = ids(opened.filter((_, n) => n % 2 === 0)).reverse()
      expect(ids(await everyPage(pages(buyer, { limit: 2, filter: 'unread' })))).toEqual(fromSeller)
      await markRead(buyer, fromSeller[0] ?? 0)
      await hide(buyer, fromSeller[1] ?? 0)
      const { data } = await listConversations(buyer, { filter: 'unread' })
      expect(ids(data)).toEqual(fromSeller.slice(2))
      expect(data.every(({ unread_count }) => unread_count === 1)).toBe(true)
      expect(ids((await listConversations(seller, { filter: 'unread' })).data)).toHaveLength(4)
    })

    test('shows nobody the conversations of others', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(buyer, conversation.id, 'Between us')
      const outsider = await chat.person()
      expect((await listConversations(outsider)).data).toEqual([])
      expect(ids((await listConversations(seller)).data)).toEqual([conversation.id])
    })
  })
}
