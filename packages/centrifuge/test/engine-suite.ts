import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Announcement, Engine } from '../src/engine/engine.ts'
import { listen, offsets } from './support/listen.ts'

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
      await subject.engine.unsubscribe(channel)
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

    it('tells at once of a gap if its offsets have none', async ({ skip }) => {
      skip(!subject.engine.contiguous, 'offsets may be sparse')
      const { position: since } = await history({ limit: 0 })
      await publish(3)
      const { publications } = await history({ since })
      expect(offsets(publications)).toEqual([1, 2, 3].map((count) => since.offset + count))
    })

    it('hands over who comes and who leaves', async ({ skip }) => {
      skip(!subject.engine.announce, 'is the node’s affair')
      const listener = listen(subject.engine, channel)
      await listener.subscribed
      const info = { user: 'ann', client: 'c1', connInfo: '{"name":"Ann"}' }
      const announcements: Announcement[] = [
        { type: 'join', info },
        { type: 'leave', info },
      ]
      for (const announcement of announcements) await subject.engine.announce?.(channel, announcement)
      expect(await listener.delivered(2)).toEqual(announcements)
      expect((await history()).publications).toEqual([])
    })

    it('forgets publications when told to, but not where the stream stands', async ({ skip }) => {
      skip(!subject.engine.removeHistory, 'cannot')
      await publish(3)
      const { position } = await history({ limit: 0 })
      await subject.engine.removeHistory?.(channel)
      expect(await history({ since: position })).toEqual({ publications: [], position, complete: true })
      expect(await history({ since: { ...position, offset: 0 } })).toMatchObject({ complete: false })
      await publish(1)
      expect(await history({ since: position })).toMatchObject({ complete: true })
    })
  })
}
