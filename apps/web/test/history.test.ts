import { describe, expect, test } from 'vitest'
import { shallowRef } from 'vue'
import { noMessages, reduceMessages } from '../app/entities/message/model/messages.ts'
import { createHistory } from '../app/features/chat-messaging/model/history.ts'
import { NetworkError } from '../app/shared/api/client.ts'
import { me, message } from './support/shapes.ts'

const between = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => message({ id: first + index, status: 'read' }))

/** The history of a conversation whose messages are numbered from 1, and a line that may be cut. */
function conversation({ last }: { last: number }) {
  const server = { last, cut: false, pages: 0, asked: () => {} }
  const state = shallowRef(noMessages(me))
  const take = (type: 'fetched' | 'arrived') => (messages: ReturnType<typeof between>) => {
    state.value = reduceMessages(state.value, { type, messages })
  }
  const history = createHistory({
    me,
    state,
    take: (messages) => take('fetched')([...messages]),
    async list({ limit, cursor }, signal) {
      server.pages += 1
      server.asked()
      await Promise.resolve()
      signal.throwIfAborted()
      if (server.cut) throw new NetworkError('The line was cut.')
      const newest = cursor === undefined ? server.last : Number(cursor) - 1
      const oldest = Math.max(1, newest - limit + 1)
      return {
        data: between(oldest, newest).reverse(),
        meta: { next_cursor: oldest > 1 ? String(oldest) : null },
      }
    },
  })
  return {
    history,
    server,
    arrive: (first: number, to: number) => {
      server.last = to
      take('arrived')(between(first, to))
    },
    known: () => state.value.messages.map(({ id }) => id),
  }
}

const range = (first: number, last: number) => between(first, last).map(({ id }) => id)

describe('history', () => {
  test('has its beginning, however much has arrived before it was first asked for', async () => {
    const { history, arrive, known } = conversation({ last: 300 })
    arrive(301, 450)
    await history.load()
    expect(history.hasMore.value).toBe(true)
    expect(await history.loadUntil(1)).toBe(true)
    expect(known()).toEqual(range(1, 450))
  })

  test('has no hole where events were missed, however much has arrived since', async () => {
    const { history, server, arrive, known } = conversation({ last: 100 })
    await history.load()
    history.leave()
    server.last = 150
    await history.resync()
    arrive(151, 300)
    await history.load()
    expect(known()).toEqual(range(known()[0] ?? 0, 300))
    expect(known()[0]).toBeLessThanOrEqual(51)
  })

  test('has no hole where the line was cut once more before it was closed', async () => {
    const { history, server, arrive, known } = conversation({ last: 100 })
    await history.load()
    server.last = 150
    server.cut = true
    await history.resync()
    arrive(151, 300)
    server.cut = false
    await history.resync()
    expect(known()).toEqual(range(known()[0] ?? 0, 300))
    expect(known()[0]).toBeLessThanOrEqual(51)
  })

  test('is fetched back to a message although the last attempt has failed', async () => {
    const { history, server, known } = conversation({ last: 300 })
    await history.load()
    server.cut = true
    await history.loadOlder()
    expect(history.error.value).toBeInstanceOf(NetworkError)
    server.cut = false
    expect(await history.loadUntil(20)).toBe(true)
    expect(known()[0]).toBeLessThanOrEqual(20)
  })

  test('is not fetched any further once the conversation is left', async () => {
    const { history, server } = conversation({ last: 1000 })
    await history.load()
    server.pages = 0
    server.asked = () => {
      if (server.pages === 2) history.leave()
    }
    expect(await history.loadUntil(1)).toBe(false)
    expect(server.pages).toBe(2)
  })
})
