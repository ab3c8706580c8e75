import { describe, expect, it } from 'vitest'
import { createMemoryEngine, type MemoryEngineOptions } from '../src/index.ts'
import { engineSuite } from './engine-suite.ts'

engineSuite('the memory engine', () => {
  const engine = createMemoryEngine()
  let count = 0
  return {
    engine,
    newChannel: () => `channel-${++count}`,
    publish: async (channel) => {
      await engine.publish(channel, { data: `{"n":${++count}}` }, {})
    },
  }
})

describe('the memory engine', () => {
  it('counts offsets from 1 without gaps', async () => {
    const { engine, publish } = start()
    expect(await publish(3)).toMatchObject([{ offset: 1 }, { offset: 2 }, { offset: 3 }])
    const { publications, position } = await engine.history('room', { limit: 10 })
    expect(publications.map(({ offset }) => offset)).toEqual([1, 2, 3])
    expect(position.epoch).toMatch(/^[a-zA-Z]{8}$/)
  })

  it('keeps as much as it was told', async () => {
    const { engine, publish } = start({ historySize: 2 })
    await publish(3)
    const { publications, position, complete } = await engine.history('room', { limit: 10 })
    expect(publications.map(({ offset }) => offset)).toEqual([2, 3])
    expect(complete).toBe(false)
    const since = { offset: 1, epoch: position.epoch }
    expect(await engine.history('room', { since, limit: 10 })).toMatchObject({ complete: true })
  })

  it('forgets publications with time but not where the stream stands', async () => {
    const { engine, publish, clock } = start({ historyTtl: 1000 })
    await publish(2)
    const { position } = await engine.history('room', { limit: 0 })
    clock.now += 1000
    expect(await engine.history('room', { limit: 10 })).toEqual({
      publications: [],
      position,
      complete: false,
    })
    expect(await engine.history('room', { since: position, limit: 10 })).toMatchObject({ complete: true })
  })

  it('starts a new epoch when a silent channel was forgotten, unless somebody listens', async () => {
    const { engine, publish, clock } = start({ historyMetaTtl: 5000 })
    await publish(1)
    const { position } = await engine.history('room', { limit: 0 })
    await engine.subscribe('room', () => undefined)
    clock.now += 5000
    expect(await engine.history('room', { limit: 0 })).toMatchObject({ position })
    engine.unsubscribe('room')
    const { position: later } = await engine.history('room', { limit: 0 })
    expect(later.offset).toBe(0)
    expect(later.epoch).not.toBe(position.epoch)
  })

  it('sweeps forgotten channels while publishing', async () => {
    const { engine, publish, clock } = start({ historyMetaTtl: 5000 })
    await publish(1)
    const { position } = await engine.history('room', { limit: 0 })
    clock.now += 100_000
    await engine.publish('elsewhere', { data: '1' }, {})
    clock.now -= 100_000
    expect((await engine.history('room', { limit: 0 })).position.epoch).not.toBe(position.epoch)
  })

  it('delivers ephemeral publications without giving them a place', async () => {
    const { engine } = start()
    const delivered: unknown[] = []
    await engine.subscribe('room', (publication) => void delivered.push(publication))
    expect(await engine.publish('room', { data: '"typing"' }, { ephemeral: true })).toBeUndefined()
    expect(delivered).toEqual([{ data: '"typing"' }])
    expect(await engine.history('room', { limit: 10 })).toMatchObject({
      publications: [],
      position: { offset: 0 },
    })
  })
})

function start(options: MemoryEngineOptions = {}) {
  const clock = { now: 1_000_000 }
  const engine = createMemoryEngine({ now: () => clock.now, ...options })
  const publish = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => engine.publish('room', { data: String(index) }, {})),
    )
  return { engine, clock, publish }
}
