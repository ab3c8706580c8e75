import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { createMemoryEngine } from '../src/engine/memory-engine.ts'
import { engineSuite, type EngineUnderTest } from './engine-suite.ts'
import { publishingSuite } from './publishing-suite.ts'

const minutes = 60_000
const retention = { size: 300, ttl: 10 * minutes, metaTtl: 60 * minutes }

engineSuite('the memory engine', createSubject)
publishingSuite('the memory engine', createSubject)

describe('the memory engine', () => {
  it('counts offsets from 1 without gaps', async () => {
    const { engine, publish } = start()
    expect(await publish(3)).toMatchObject([{ offset: 1 }, { offset: 2 }, { offset: 3 }])
    const { publications, position } = await engine.history('room', { limit: 10 })
    expect(publications.map(({ offset }) => offset)).toEqual([1, 2, 3])
    expect(position.epoch).toMatch(/^[a-zA-Z]{8}$/)
  })

  it('keeps as much as the last publication says', async () => {
    const { engine, publish } = start()
    await publish(5)
    await publish(1, { ...retention, size: 2 })
    const { publications, position, complete } = await engine.history('room', { limit: 10 })
    expect(publications.map(({ offset }) => offset)).toEqual([5, 6])
    expect(complete).toBe(false)
    const since = { offset: 4, epoch: position.epoch }
    expect(await engine.history('room', { since, limit: 10 })).toMatchObject({ complete: true })
    const backwards = await engine.history('room', { reverse: true, limit: 10 })
    expect(backwards.publications.map(({ offset }) => offset)).toEqual([6, 5])
  })

  it('forgets publications with time but not where the stream stands', async () => {
    const { engine, publish, clock } = start()
    await publish(2)
    const { position } = await engine.history('room', { limit: 0 })
    clock.now += retention.ttl
    const empty = { publications: [], position }
    expect(await engine.history('room', { limit: 10 })).toEqual({ ...empty, complete: false })
    expect(await engine.history('room', { since: position, limit: 10 })).toEqual({ ...empty, complete: true })
    expect(await publish(1)).toEqual([{ ...position, offset: 3 }])
  })

  it('starts a new epoch when a silent channel was forgotten', async () => {
    const { engine, publish, clock } = start()
    const [first] = await publish(1)
    clock.now += retention.metaTtl
    const { position } = await engine.history('room', { limit: 0 })
    expect(position.offset).toBe(0)
    expect(position.epoch).not.toBe(first?.epoch)
  })

  it('forgets no channel while somebody listens, nor at once when they leave', async () => {
    const { engine, publish, clock } = start()
    await publish(1)
    const { position } = await engine.history('room', { limit: 0 })
    await engine.subscribe('room', () => undefined)
    clock.now += 10 * retention.metaTtl
    expect(await engine.history('room', { limit: 0 })).toMatchObject({ position })
    await engine.unsubscribe('room')
    expect(await engine.history('room', { limit: 0 })).toMatchObject({ position })
    clock.now += retention.metaTtl
    expect(await engine.history('room', { limit: 0 })).toMatchObject({ position: { offset: 0 } })
  })

  it('remembers the epoch of a channel nobody has published to, for a while', async () => {
    const { engine, clock } = start()
    const { position } = await engine.history('room', { limit: 0 })
    clock.now += 9 * minutes
    expect(await engine.history('room', { limit: 0 })).toMatchObject({ position })
    clock.now += minutes
    expect((await engine.history('room', { limit: 0 })).position.epoch).not.toBe(position.epoch)
  })

  it('forgets an idempotency key after five minutes', async () => {
    const { engine, clock } = start()
    const publish = () => engine.publish('room', { data: '1' }, { retention, idempotencyKey: 'k' })
    expect(await publish()).toMatchObject({ offset: 1 })
    clock.now += 5 * minutes - 1
    expect(await publish()).toMatchObject({ offset: 1 })
    clock.now += 1
    expect(await publish()).toMatchObject({ offset: 2 })
  })

  it('holds no content for longer than its time, however many channels it knows', async () => {
    const { engine, clock } = start()
    const publish = (channel: string, ttl: number) =>
      engine.publish(
        channel,
        { data: Buffer.alloc(5000, 'x').toString() },
        { retention: { size: 10, ttl, metaTtl: 10_000 * minutes } },
      )
    await publish('lasting', 1000 * minutes)
    await publish('renewed', 10 * minutes)
    const before = heapBytes()
    for (let count = 0; count < 10_000; count++) await publish(`channel-${count}`, 10 * minutes)
    clock.now += 5 * minutes
    await publish('renewed', 10 * minutes)
    clock.now += 5 * minutes
    for (let count = 0; count < 12; count++) await engine.history('another', { limit: 1 })
    expect(heapBytes() - before).toBeLessThan(15_000_000)
    for (const [channel, length] of [
      ['lasting', 1],
      ['renewed', 2],
      ['channel-9999', 0],
    ] as const)
      expect((await engine.history(channel, { limit: 10 })).publications).toHaveLength(length)
    clock.now += 5 * minutes
    expect((await engine.history('renewed', { limit: 10 })).publications).toEqual([])
    expect((await engine.history('channel-0', { limit: 0 })).position.offset).toBe(1)
  })

  it('does not grow for ever with channels and keys that come once', async () => {
    const { engine, clock } = start()
    const before = heapBytes()
    for (let count = 0; count < 100_000; count++) {
      clock.now += minutes / 100
      await engine.history(`random-${count}`, { limit: 0 })
      await engine.publish(`other-${count}`, { data: '1' }, { idempotencyKey: `key-${count}` })
    }
    expect(heapBytes() - before).toBeLessThan(5_000_000)
    expect((await engine.history('random-99999', { limit: 0 })).position.offset).toBe(0)
  })
})

const offset = fc.nat({ max: 12 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ size: fc.integer({ min: 1, max: 5 }) }) },
  fc.record({ pause: fc.constantFrom(1, 10) }),
  fc.record({ removes: fc.constant(true) }),
)

test.prop([fc.array(step), fc.option(offset, { nil: undefined }), fc.nat({ max: 6 }), fc.boolean()])(
  'the memory engine answers as a plain list would',
  async (steps, after, limit, reverse) => {
    const { engine, clock } = start()
    const made: { data: string; offset: number }[] = []
    let kept = 0
    let end = Infinity
    for (const each of steps) {
      if ('size' in each) {
        kept = (clock.now < end ? Math.min(kept, each.size - 1) : 0) + 1
        end = clock.now + 10
        made.push({ data: '1', offset: made.length + 1 })
        await engine.publish(
          'room',
          { data: '1' },
          { retention: { size: each.size, ttl: 10, metaTtl: 1000 } },
        )
      } else if ('pause' in each) clock.now += each.pause
      else {
        await engine.removeHistory?.('room')
        kept = 0
      }
    }
    const all = clock.now < end && kept > 0 ? made.slice(-kept) : []
    const since = after === undefined ? undefined : { offset: after, epoch: '' }
    const answer = await engine.history('room', { since, limit, reverse })
    const found = reverse
      ? all.toReversed().filter((each) => each.offset < (after ?? Infinity))
      : all.filter((each) => each.offset > (after ?? 0))
    expect(answer.publications).toEqual(found.slice(0, limit))
    expect(answer.position.offset).toBe(made.length)
    const missed = made.length - (after ?? 0)
    if (!reverse) expect(answer.complete).toBe(missed === found.length && missed <= limit)
  },
)

function createSubject(): EngineUnderTest {
  const { engine } = start()
  let count = 0
  return {
    engine,
    newChannel: () => `channel-${++count}`,
    publish: async (channel) => {
      await engine.publish(channel, { data: `{"n":${++count}}` }, { retention })
    },
  }
}

function start() {
  const clock = { now: 1_000_000 }
  const engine = createMemoryEngine({ now: () => clock.now })
  const publish = (count: number, keep = retention) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        engine.publish('room', { data: String(index) }, { retention: keep }),
      ),
    )
  return { engine, clock, publish }
}

/** What is in use after everything else has been collected. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  // A function, because of the flag.
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
