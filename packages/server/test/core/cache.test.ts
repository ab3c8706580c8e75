import { describe, expect, it } from 'vitest'
import { createCache } from '../../src/core/cache.ts'

interface Thing {
  name: string
}

/** A cache of things in a place that remembers what it was asked for, and a clock that is set by hand. */
function open() {
  const place = new Map<string, Thing>()
  const asked: string[][] = []
  let now = 0
  const cache = createCache<Thing>(() => now)
  /** As of when it was asked. */
  const find = async (keys: string[]) => {
    asked.push(keys)
    const found = keys.flatMap((key) => (place.has(key) ? [[key, place.get(key) as Thing] as const] : []))
    await Promise.resolve()
    return new Map(found)
  }
  return {
    place,
    asked,
    cache,
    pass: (ms: number) => (now += ms),
    read: async (key: string) => (await cache.read(key, find))?.name ?? null,
  }
}

describe('what was looked up', () => {
  it('is known for five seconds, and then looked up again', async () => {
    const { place, asked, pass, read } = open()
    place.set('a', { name: 'first' })
    expect(await read('a')).toBe('first')
    place.set('a', { name: 'second' })
    pass(4_999)
    expect(await read('a')).toBe('first')
    pass(1)
    expect(await read('a')).toBe('second')
    expect(asked).toEqual([['a'], ['a']])
  })

  it('is looked up once for all who ask meanwhile', async () => {
    const { place, asked, read } = open()
    place.set('a', { name: 'it' })
    expect(await Promise.all([read('a'), read('a')])).toEqual(['it', 'it'])
    expect(asked).toHaveLength(1)
  })

  it('is looked up for each who asks where there is none', async () => {
    const { asked, read } = open()
    expect([await read('a'), await read('a')]).toEqual([null, null])
    expect(asked).toHaveLength(2)
  })

  it('is looked up again along with something else, if it is in use, and never older than five seconds', async () => {
    const { place, asked, pass, read } = open()
    for (const key of ['used', 'unused', 'other', 'third']) place.set(key, { name: key })
    await read('used')
    await read('unused')
    pass(3_000)
    await read('other')
    expect(asked.at(-1)).toEqual(['other', 'used', 'unused'])
    await read('used')
    pass(3_000)
    await read('third')
    expect(asked.at(-1)).toEqual(['third', 'other', 'used'])
    place.delete('used')
    pass(4_000)
    expect(await read('used')).toBe('used')
    pass(1_000)
    expect(await read('used')).toBeNull()
  })

  it('is gone once it is looked up along with something else and not there any more', async () => {
    const { place, pass, read } = open()
    for (const key of ['a', 'b']) place.set(key, { name: key })
    await read('a')
    await read('a')
    place.delete('a')
    pass(3_000)
    await read('b')
    expect(await read('a')).toBeNull()
  })

  it('does not come back where it was forgotten while it was being looked up', async () => {
    const { place, cache, read, asked } = open()
    place.set('a', { name: 'before' })
    const reading = read('a')
    place.set('a', { name: 'after' })
    cache.forget('a')
    expect(await Promise.all([reading, read('a')])).toEqual(['before', 'after'])
    expect(asked).toHaveLength(2)
    expect(await read('a')).toBe('after')
  })

  it('is looked up by the next who asks where that failed', async () => {
    const { place, cache, read } = open()
    place.set('a', { name: 'it' })
    await expect(cache.read('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(await read('a')).toBe('it')
  })

  it('is forgotten where there is too much of it, what was looked up first at first', async () => {
    const { place, asked, read } = open()
    for (let n = 0; n <= 20_000; n++) {
      place.set(`${n}`, { name: `${n}` })
      await read(`${n}`)
    }
    asked.length = 0
    await read('1')
    await read('0')
    expect(asked).toEqual([['0']])
  })
})
