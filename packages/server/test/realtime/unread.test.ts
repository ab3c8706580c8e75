import { describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { inOrder } from '../../src/realtime/transports/in-order.ts'
import { createUnreadReader } from '../../src/realtime/unread.ts'

/** Answers every statement when told to, with what was asked for as counts. */
function slowDatabase() {
  const statements: { pairs: string[]; answer: () => void; fail: () => void }[] = []
  const query = async (_text: string, [userIds, ids]: [string[], number[]]) => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const pairs = userIds.map((userId, n) => `${userId} ${ids[n]}`)
    statements.push({ pairs, answer: () => resolve(undefined), fail: () => reject(new Error('down')) })
    await promise
    return userIds.map((userId, n) => ({
      userId,
      conversationId: ids[n],
      unread: statements.length,
      mentions: 0,
    }))
  }
  // Reading counts is all that is asked of it.
  return { db: { query } as unknown as Database, statements }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

function reader(signal = new AbortController().signal) {
  const { db, statements } = slowDatabase()
  const faults: unknown[] = []
  const view = ({ unread }: { unread: number }) => unread
  const read = createUnreadReader({ db, view, onError: (error) => faults.push(error), signal })
  return { read, statements, faults }
}

describe('unread counts', () => {
  it('are read for everybody of one turn at once, and for all who ask meanwhile some time after that', async () => {
    const { read, statements } = reader()
    const first = Array.from({ length: 10_000 }, (_, n) => read(`u${n}`, 1))
    await turn()
    expect(statements).toHaveLength(1)
    expect(statements[0]?.pairs).toHaveLength(10_000)
    const second = [read('u1', 1), read('u1', 1), read('u2', 1)]
    await turn()
    expect(statements).toHaveLength(1)
    statements[0]?.answer()
    expect(new Set(await Promise.all(first))).toEqual(new Set([1]))
    expect(statements).toHaveLength(1)
    await expect.poll(() => statements.length).toBe(2)
    expect(statements[1]?.pairs).toEqual(['u1 1', 'u2 1'])
    expect(second[0]).toBe(second[1])
    expect(second[0]).not.toBe(first[1])
    statements[1]?.answer()
    expect(await Promise.all(second)).toEqual([2, 2, 2])
  })

  it('are read together for all who ask within some milliseconds of others', async () => {
    const { read, statements } = reader()
    const first = read('u1', 1)
    await turn()
    statements[0]?.answer()
    await first
    const later = [read('u1', 1)]
    await turn()
    later.push(read('u2', 1))
    await turn()
    expect(statements).toHaveLength(1)
    await expect.poll(() => statements[1]?.pairs).toEqual(['u1 1', 'u2 1'])
    statements[1]?.answer()
    expect(await Promise.all(later)).toEqual([2, 2])
  })

  it('are read soon of a conversation that no thousands are in, and then in all that the same user asks of', async () => {
    const { read, statements } = reader()
    const crowd = Array.from({ length: 2000 }, (_, n) => read(`u${n}`, 1))
    await turn()
    statements[0]?.answer()
    await Promise.all(crowd)
    const rested = [read('u1', 1), read('u2', 1)]
    const own = read('u2', 2)
    await expect.poll(() => statements[1]?.pairs).toEqual(['u2 1', 'u2 2'])
    statements[1]?.answer()
    expect(await Promise.all([own, rested[1]])).toEqual([2, 2])
    expect(statements).toHaveLength(2)
    await expect.poll(() => statements.length).toBe(3)
    expect(statements[2]?.pairs).toEqual(['u1 1'])
    statements[2]?.answer()
    expect(await rested[0]).toBe(3)
  })

  it('are read again when the database was away', async () => {
    const { read, statements, faults } = reader()
    const asked = read('u1', 1)
    await turn()
    statements[0]?.fail()
    await expect.poll(() => statements.length).toBe(2)
    statements[1]?.answer()
    expect(await asked).toBe(2)
    expect(faults).toHaveLength(1)
  })

  it('are not waited for once the server stops', async () => {
    const stop = new AbortController()
    const { read, statements } = reader(stop.signal)
    const asked = read('u1', 1)
    await turn()
    stop.abort()
    statements[0]?.fail()
    expect(await asked).toBeNull()
  })

  it('do not rest any longer once the server stops', async () => {
    const stop = new AbortController()
    const { read, statements } = reader(stop.signal)
    const crowd = Array.from({ length: 2000 }, (_, n) => read(`u${n}`, 1))
    await turn()
    statements[0]?.answer()
    await Promise.all(crowd)
    const asked = read('u1', 1)
    stop.abort()
    expect(await asked).toBeNull()
    expect(statements).toHaveLength(1)
  })
})

describe('publications of a channel', () => {
  it('wait for an earlier one that is still to be found out, and say the same thing once, last', async () => {
    const delivered: unknown[] = []
    const hand = inOrder(({ offset, data }) => delivered.push([offset, data]))
    const { promise, resolve } = Promise.withResolvers<string | null>()
    hand({ offset: 1, data: 'a' })
    hand({ offset: 2, data: promise })
    hand({ offset: 3, data: 'c' })
    hand({ offset: 4, data: null })
    hand({ offset: 5, data: Promise.resolve(null) })
    hand({ offset: 6, data: promise })
    hand({ offset: 7, data: 'c' })
    await turn()
    // What offset 2 was about is said at offset 6.
    expect(delivered).toEqual([
      [1, 'a'],
      [3, 'c'],
    ])
    resolve('b')
    await turn()
    expect(delivered.slice(2)).toEqual([
      [6, 'b'],
      [7, 'c'],
    ])
  })
})
