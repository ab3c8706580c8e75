import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine, Publication } from '../src/index.ts'

export interface EngineUnderTest {
  engine: Engine
  /** A channel nothing was published to. */
  newChannel(): string | Promise<string>
  /** Makes one more publication of the channel; its data is the engine's affair. */
  publish(channel: string): Promise<void>
  close?(): void | Promise<void>
}

/** What every engine promises. Offsets may have gaps. */
export function engineSuite(name: string, create: () => EngineUnderTest | Promise<EngineUnderTest>): void {
  describe(`${name} as an engine`, () => {
    let subject: EngineUnderTest
    let channel: string

    beforeEach(async () => {
      subject = await create()
      channel = await subject.newChannel()
    })
    afterEach(() => subject.close?.())

    const publish = async (count: number) => {
      for (let index = 0; index < count; index++) await subject.publish(channel)
    }
    const history = (query: Partial<Parameters<Engine['history']>[1]> = {}) =>
      subject.engine.history(channel, { limit: 100, ...query })

    it('knows a position for a channel nothing was published to', async () => {
      const { publications, position } = await history()
      expect(publications).toEqual([])
      expect(position.epoch).not.toBe('')
      expect(await history({ since: position })).toMatchObject({ publications: [], complete: true })
    })

    it('hands over publications in order, with rising offsets', async () => {
      const listener = listen(subject.engine, channel)
      await listener.subscribed
      await publish(5)
      const delivered = await listener.delivered(5)
      expect(offsets(delivered)).toEqual(offsets(delivered).toSorted((left, right) => left - right))
      expect(new Set(offsets(delivered)).size).toBe(5)
    })

    it('shows in its history what it handed over', async () => {
      const listener = listen(subject.engine, channel)
      await listener.subscribed
      const { position } = await history({ limit: 0 })
      await publish(4)
      const delivered = await listener.delivered(4)
      const { publications, complete } = await history({ since: position })
      expect(publications).toEqual(delivered)
      expect(complete).toBe(true)
    })

    it('hands over nothing of other channels, and nothing once unsubscribed', async () => {
      const other = listen(subject.engine, await subject.newChannel())
      await other.subscribed
      const listener = listen(subject.engine, channel)
      await listener.subscribed
      await publish(1)
      await listener.delivered(1)
      subject.engine.unsubscribe(channel)
      const again = listen(subject.engine, channel)
      await again.subscribed
      await publish(1)
      await again.delivered(1)
      expect(await listener.delivered(1)).toHaveLength(1)
      expect(other.all).toEqual([])
    })

    it('loses nothing between delivery and history', async () => {
      const { position } = await history({ limit: 0 })
      const publishing = publish(20)
      const listener = listen(subject.engine, channel)
      await listener.subscribed
      const shown = offsets((await history({ since: position })).publications)
      await publishing
      const { publications } = await history({ since: position })
      const last = publications.at(-1)?.offset ?? 0
      await listener.until(last)
      const seen = [...shown, ...offsets(listener.all).filter((offset) => offset > (shown.at(-1) ?? 0))]
      expect(seen).toEqual(offsets(publications))
    })

    it('answers what came after a position, oldest first', async () => {
      await publish(5)
      const { publications: all, position } = await history()
      const [, second] = all
      const after = await history({ since: { epoch: position.epoch, offset: second?.offset ?? 0 } })
      expect(after).toEqual({ publications: all.slice(2), position, complete: true })
      expect(position.offset).toBeGreaterThanOrEqual(all.at(-1)?.offset ?? Infinity)
    })

    it('has nothing after the position it named', async () => {
      await publish(2)
      const { position } = await history({ limit: 0 })
      expect(await history({ since: position, limit: 10 })).toEqual({
        publications: [],
        position,
        complete: true,
      })
    })

    it('is complete up to the limit and no further', async () => {
      const { position: since } = await history({ limit: 0 })
      await publish(4)
      expect(await history({ since, limit: 4 })).toMatchObject({ complete: true })
      const short = await history({ since, limit: 3 })
      expect(short.complete).toBe(false)
      expect(short.publications).toEqual((await history({ since })).publications.slice(0, 3))
      expect((await history({ since, limit: 0 })).publications).toEqual([])
    })

    it('is not complete for another epoch, and takes an empty one for its own', async () => {
      const { position: since } = await history({ limit: 0 })
      await publish(2)
      expect(await history({ since: { ...since, epoch: 'elsewhere' } })).toMatchObject({ complete: false })
      expect(await history({ since: { ...since, epoch: '' } })).toMatchObject({ complete: true })
    })

    it('is not complete for a position ahead of the stream', async () => {
      await publish(1)
      const { position } = await history({ limit: 0 })
      const since = { ...position, offset: position.offset + 1000 }
      expect(await history({ since })).toMatchObject({ publications: [], complete: false })
    })

    it('answers backwards, newest first, from before a position', async () => {
      await publish(5)
      const { publications: all, position } = await history()
      const newest = await history({ reverse: true, limit: 2 })
      expect(newest.publications).toEqual(all.toReversed().slice(0, 2))
      const since = { epoch: position.epoch, offset: all[2]?.offset ?? 0 }
      expect((await history({ reverse: true, since })).publications).toEqual(all.slice(0, 2).toReversed())
    })
  })
}

function offsets(publications: Publication[]): number[] {
  return publications.map(({ offset }) => offset ?? -1)
}

function listen(engine: Engine, channel: string) {
  const all: Publication[] = []
  const checks = new Set<() => void>()
  const subscribed = Promise.resolve(
    engine.subscribe(channel, (publication) => {
      all.push(publication)
      for (const check of checks) check()
    }),
  )
  const when = (isEnough: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => isEnough() && checks.delete(check) && resolve()
      checks.add(check)
      check()
    })
  const delivered = async (count: number) => {
    await when(() => all.length >= count)
    return all
  }
  const until = (offset: number) => when(() => all.some((publication) => (publication.offset ?? 0) >= offset))
  return { all, subscribed, delivered, until }
}
