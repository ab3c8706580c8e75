import { describe, expect, test } from 'vitest'
import type { Message } from '@parley/wire/rooms'
import { refusal, room, say, type Friend, type Friends } from '../support/friends.ts'

export function paging(friends: Friends) {
  async function filled(count: number) {
    const [anna, boris] = await friends.friends(2)
    const { _id: id } = await room(anna, [boris])
    const sent: Message[] = []
    for (let n = 0; n < count; n++) sent.unshift(await say(n % 2 === 0 ? anna : boris, id, `${n}`))
    return { anna, boris, id, ids: sent.map(({ _id }) => _id) }
  }

  const page = async (who: Friend, input: object) => {
    const { messages, pagination } = await who.ask('listMessages', { ...input })
    return { messages, pagination, ids: messages.map(({ _id }) => _id) }
  }

  describe('GET /api/chat/{id}/messages', () => {
    test('gives 50 by default and 100 at most, the newest first, by page', async () => {
      const { anna, id, ids } = await filled(52)
      const first = await page(anna, { id })
      expect(first.ids).toEqual(ids.slice(0, 50))
      expect(first.pagination).toEqual({ page: 1, limit: 50, total: 52, pages: 2 })
      expect((await page(anna, { id, page: 2 })).ids).toEqual(ids.slice(50))
      const all = await page(anna, { id, limit: 100 })
      expect([all.ids, all.pagination]).toEqual([ids, { page: 1, limit: 100, total: 52, pages: 1 }])
      const third = await page(anna, { id, page: 3, limit: 20 })
      expect([third.ids, third.pagination]).toEqual([
        ids.slice(40),
        { page: 3, limit: 20, total: 52, pages: 3 },
      ])
      const beyond = await page(anna, { id, page: 4, limit: 20 })
      expect([beyond.ids, beyond.pagination.total]).toEqual([[], 52])
    })

    const places: [string, (oldest: Message) => string][] = [
      ['timestamp', ({ timestamp }) => timestamp],
      ['_id', ({ _id }) => _id],
    ]
    test.each(places)(
      'before the oldest one’s %s repeats and skips nothing while others arrive',
      async (_, place) => {
        const { anna, boris, id, ids } = await filled(12)
        const seen: string[] = []
        let next: object = {}
        for (;;) {
          const { messages, ids: given } = await page(anna, { id, limit: 5, ...next })
          const oldest = messages.at(-1)
          if (!oldest) break
          seen.push(...given)
          next = { before: place(oldest) }
          for (const content of ['more', 'and more']) await say(boris, id, content)
        }
        expect(seen).toEqual(ids)
      },
    )

    test('before a place, pages and totals count from there', async () => {
      const { anna, id, ids } = await filled(10)
      const before = ids[3]
      const second = await page(anna, { id, before, limit: 4, page: 2 })
      expect(second.ids).toEqual(ids.slice(8))
      expect(second.pagination).toEqual({ page: 2, limit: 4, total: 6, pages: 2 })
    })

    test('no two messages of a chat have the same timestamp, however many come at once', async () => {
      const { anna, boris, id } = await filled(0)
      const sends = Array.from({ length: 30 }, (_, n) => say(n % 2 === 0 ? anna : boris, id, `${n}`))
      await Promise.all(sends)
      const { messages } = await page(anna, { id })
      expect(new Set(messages.map(({ timestamp }) => timestamp)).size).toBe(30)
      const newestFirst = messages.toSorted((a, b) => Number(b._id) - Number(a._id))
      expect(messages).toEqual(newestFirst)
      expect(messages).toEqual(messages.toSorted((a, b) => (a.timestamp < b.timestamp ? 1 : -1)))
    })

    test('refuses pages and places that are none', async () => {
      const { anna, id } = await filled(1)
      const wrong = [{ page: 0 }, { limit: 0 }, { limit: 101 }, { limit: 'all' }, { before: 'yesterday' }]
      for (const input of [...wrong, { before: '2026-02-31T00:00:00Z' }, { before: '0' }]) {
        const reply = await friends.api().callWrongly('listMessages', { id, ...input }, anna.headers)
        refusal(reply, 400, 'invalid')
      }
    })
  })
}
