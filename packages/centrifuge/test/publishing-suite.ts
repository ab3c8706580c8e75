import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Publication, PublishOptions } from '../src/engine/engine.ts'
import type { EngineUnderTest } from './engine-suite.ts'
import { listen } from './support/listen.ts'

const retention = { size: 10, ttl: 60_000, metaTtl: 120_000 }

/** What engines promise that take publications of any channel. */
export function publishingSuite(
  name: string,
  create: () => EngineUnderTest | Promise<EngineUnderTest>,
): void {
  describe(`${name} as an engine to publish with`, () => {
    let subject: EngineUnderTest
    let channel: string

    beforeEach(async () => {
      subject = await create()
      channel = await subject.newChannel()
    })
    afterEach(() => subject.close?.())

    const publish = (publication: Publication | string, options: PublishOptions = { retention }) =>
      subject.engine.publish(
        channel,
        typeof publication === 'string' ? { data: publication } : publication,
        options,
      )
    const history = () => subject.engine.history(channel, { limit: 100 })
    const startListening = async () => {
      const listener = listen(subject.engine, channel)
      await listener.subscribed
      return listener
    }

    it('answers where the publication stands', async () => {
      const listener = await startListening()
      const place = await publish('"x"')
      const { publications, position } = await history()
      expect(place).toEqual(position)
      expect(publications).toEqual([{ data: '"x"', offset: place?.offset }])
      expect(await listener.delivered(1)).toEqual(publications)
    })

    it('changes nothing of a publication', async () => {
      const listener = await startListening()
      const info = { user: 'ann', client: 'c1', connInfo: '{"name":"Ann"}', chanInfo: new Uint8Array([255]) }
      const publication = { data: new Uint8Array([0, 255, 10]), tags: { room: '1' }, info, delta: true }
      const place = await publish(publication)
      const placed = { ...publication, offset: place?.offset }
      expect(await listener.delivered(1)).toEqual([placed])
      expect((await history()).publications).toEqual([placed])
    })

    it('delivers without a place what is not to be kept', async () => {
      const listener = await startListening()
      expect(await publish('"typing"', {})).toBeUndefined()
      await publish('"kept"')
      const delivered = await listener.delivered(2)
      const { publications } = await history()
      expect(delivered).toEqual([{ data: '"typing"' }, ...publications])
      expect(publications).toHaveLength(1)
    })

    it('keeps as much as it was told', async () => {
      for (let count = 1; count <= 5; count++)
        await publish(String(count), { retention: { ...retention, size: 2 } })
      const { publications, complete } = await history()
      expect(publications.map(({ data }) => data)).toEqual(['4', '5'])
      expect(complete).toBe(false)
    })

    it('publishes once per idempotency key and channel', async () => {
      const listener = await startListening()
      const options = { retention, idempotencyKey: 'k1' }
      const first = await publish('1', options)
      await publish('2')
      expect(await publish('3', options)).toEqual(first)
      expect(await publish('4', { retention, idempotencyKey: 'k2' })).not.toEqual(first)
      await subject.engine.publish(await subject.newChannel(), { data: '5' }, options)
      expect((await listener.delivered(3)).map((message) => 'data' in message && message.data)).toEqual([
        '1',
        '2',
        '4',
      ])
    })

    it('answers nothing again for a key whose publication had no place', async () => {
      const listener = await startListening()
      expect(await publish('1', { idempotencyKey: 'k1' })).toBeUndefined()
      expect(await publish('2', { retention, idempotencyKey: 'k1' })).toBeUndefined()
      await publish('3', {})
      expect(await listener.delivered(2)).toEqual([{ data: '1' }, { data: '3' }])
      expect((await history()).publications).toEqual([])
    })

    it('drops versions that are not newer, and answers where the stream stands', async () => {
      const listener = await startListening()
      const version = (number: number, epoch = '') =>
        publish(`"${number}${epoch}"`, {
          retention,
          version: { number, epoch },
        })
      await version(2, 'a')
      await publish('"none"')
      const { position } = await history()
      for (const stale of [version(2, 'a'), version(1, 'a'), version(2)])
        expect(await stale).toEqual(position)
      for (const fresh of [version(3, 'a'), version(1, 'b'), version(2)]) expect(await fresh).toBeDefined()
      const { publications } = await history()
      expect(publications.map(({ data }) => data)).toEqual(['"2a"', '"none"', '"3a"', '"1b"', '"2"'])
      expect(await listener.delivered(5)).toEqual(publications)
    })
  })
}
