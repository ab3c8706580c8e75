import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { join } from '../support/direct.ts'
import { historyOf, pairOf, say, type Friend, type Friends } from '../support/friends.ts'
import type { Line } from '../support/line.ts'

interface Step {
  /** So many messages arrive before the fetch. */
  arrive: number
  limit: number
  /** What the client sends as its offset: the length of its list, or what it was given last. */
  habit: 'length' | 'given'
}

const steps = fc.array(
  fc.record({
    arrive: fc.constantFrom(0, 0, 1, 2, 5),
    limit: fc.integer({ min: 1, max: 40 }),
    habit: fc.constantFrom('length', 'given'),
  }),
  { minLength: 4, maxLength: 12 },
)

export function paging(friends: Friends) {
  async function filled(count: number) {
    const [anna, boris] = await friends.friends(2)
    const { _id } = await pairOf(anna, boris)
    for (let n = 0; n < count; n += 10)
      await Promise.all(
        Array.from({ length: 10 }, (_, k) => say(n % 20 === 0 ? anna : boris, _id, `${n + k}`)),
      )
    return { anna, boris, _id }
  }

  async function fetch(line: Line, input: object) {
    await line.act('fetch_messages', input)
    return line.next('more_messages')
  }

  describe('fetch_messages', () => {
    test('gives 20 by default and 100 at most, oldest first, and the offset for the next fetch', async () => {
      const { anna, boris, _id } = await filled(130)
      const all = (await historyOf(anna, _id)).map(({ content }) => content)
      const line = await friends.line(anna)
      const { roomId } = await join(line, anna, boris)
      const expected = (from: number, to: number) => all.slice(all.length - to, all.length - from)
      const given = async (input: object) => {
        const more = await fetch(line, { roomId, ...input })
        expect(more.roomId).toBe(roomId)
        return [more.messages.map(({ body }) => body), more.offset]
      }
      expect(await given({ offset: 50 })).toEqual([expected(50, 70), 70])
      expect(await given({})).toEqual([expected(0, 20), 20])
      expect(await given({ limit: 1000, offset: 0 })).toEqual([expected(0, 100), 100])
      expect(await given({ limit: 100, offset: 100 })).toEqual([expected(100, 130), 130])
      expect(await given({ offset: 130 })).toEqual([[], 130])
      expect(await given({ offset: 1000 })).toEqual([[], 1000])
    })

    test('with either habit of the document’s client repeats and skips nothing while messages arrive', async () => {
      const { anna, boris, _id } = await filled(120)
      let last = 0
      async function scroll(taken: Step[], me: Friend, line: Line) {
        const { roomId, messages } = await join(line, me, boris)
        const list = [...messages]
        let offset: number | undefined
        for (let n = 0; ; n++) {
          const { arrive, limit, habit } = taken[n % taken.length] ?? {
            arrive: 0,
            limit: 20,
            habit: 'length',
          }
          for (let k = 0; k < arrive; k++) {
            const { content } = await say(boris, _id, `live ${++last}`)
            list.push(await line.next('new_message', ({ body }) => body === content))
          }
          const from = habit === 'given' && offset !== undefined ? offset : list.length
          const more = await fetch(line, { roomId, limit, offset: from })
          if (more.messages.length === 0) return list
          list.unshift(...more.messages)
          offset = more.offset
        }
      }
      await fc.assert(
        fc.asyncProperty(steps, async (taken) => {
          const line = await friends.line(anna)
          const list = await scroll(taken, anna, line)
          const history = await historyOf(anna, _id)
          expect(list.map(({ body }) => body)).toEqual(history.map(({ content }) => content))
          line.close()
        }),
        { numRuns: 5, seed: 11, endOnFailure: true },
      )
    })
  })
}
