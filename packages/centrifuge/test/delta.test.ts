import { setImmediate as immediate } from 'node:timers/promises'
import { applyDelta } from 'fossil-delta'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectClient, nextEvent } from './support/client.ts'
import { cutsCharacter, payload, slowlyChanging } from './support/deltas.ts'
import { connectRaw, type RawClient } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'
import { dataOf, subscribeClient } from './support/subscribe.ts'

const deltas = { allowed_delta_types: ['fossil' as const], delta_publish: true }
const channel = channelsWith(deltas)

interface Pub {
  data: string
  delta?: boolean
  offset?: number
}

async function nextPub(raw: RawClient): Promise<Pub> {
  return ((await raw.message()) as { push: { pub: Pub } }).push.pub
}

describe('differences', () => {
  it('are agreed on in the reply, and only where the namespace allows them', async () => {
    const allowed = await connectRaw((await startServer({ channel })).url)
    allowed.send({ id: 2, subscribe: { channel: 'room', delta: 'fossil' } })
    expect(await allowed.message()).toMatchObject({ subscribe: { delta: true } })
    const { url, centrifuge } = await startServer({ channel: channelsWith({ delta_publish: true }) })
    const not = await connectRaw(url)
    not.send({ id: 2, subscribe: { channel: 'room', delta: 'fossil' } })
    expect(await not.message()).not.toHaveProperty('subscribe.delta')
    for (const data of [
      { a: 'x'.repeat(90), b: 1 },
      { a: 'x'.repeat(90), b: 2 },
    ]) {
      await centrifuge.publish('room', data)
      expect(await nextPub(not)).toMatchObject({ data })
    }
  })

  it('of a kind nobody knows close the connection with 3501', async () => {
    const raw = await connectRaw((await startServer({ channel })).url)
    raw.send({ id: 2, subscribe: { channel: 'room', delta: 'other' } })
    expect(await raw.closed).toEqual({ code: 3501, reason: 'bad request' })
  })

  it('follow a first publication that is whole, both as texts', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', delta: 'fossil' } })
    await raw.message()
    const texts = slowlyChanging(3).map((data) => JSON.stringify(data))
    for (const text of texts) await centrifuge.publish('room', JSON.parse(text))
    const first = await nextPub(raw)
    expect(first).toEqual({ data: texts[0], offset: 1 })
    let base: Uint8Array = Buffer.from(first.data)
    for (const text of texts.slice(1)) {
      const { data, delta } = await nextPub(raw)
      expect(delta).toBe(true)
      expect(data.length).toBeLessThan(text.length / 2)
      base = applyDelta(base, Buffer.from(data))
      expect(Buffer.from(base).toString()).toBe(text)
    }
  })

  it('are whole where a difference would be larger', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', delta: 'fossil' } })
    await raw.message()
    for (const data of [{}, {}, { a: 1 }, 'quite another', []]) {
      await centrifuge.publish('room', data)
      expect(await nextPub(raw)).toEqual({ data: JSON.stringify(data), offset: expect.any(Number) as number })
    }
  })

  it('reach the official client over a hundred publications, beside one that takes none', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const taking = await subscribeClient(await connectClient(url), 'room', { delta: 'fossil' })
    const plain = await subscribeClient(await connectClient(url), 'room')
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await raw.message()
    const all = slowlyChanging(120)
    for (const data of all) await centrifuge.publish('room', data)
    await Promise.all([taking.publications.first(120), plain.publications.first(120)])
    expect(dataOf(taking.publications)).toEqual(all)
    expect(dataOf(plain.publications)).toEqual(all)
    expect(taking.publications.all.map(({ offset }) => offset)).toEqual(all.map((_, index) => index + 1))
    expect(await nextPub(raw)).toEqual({ data: all[0], offset: 1 })
  })

  it('survive payloads that differ within a character', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const { publications } = await subscribeClient(await connectClient(url), 'room', { delta: 'fossil' })
    const padding = 'ж'.repeat(60)
    const all = ['é', 'è', '🎉', '🎊', '😀', '😁', '明', '昏', 'é', '🎉'].map(
      (character) => `${padding}${character}${padding}${character}`,
    )
    const texts = all.map((data) => JSON.stringify(data))
    expect(texts.slice(1).filter((text, index) => cutsCharacter(texts[index] ?? '', text))).not.toEqual([])
    for (const data of all) await centrifuge.publish('room', data)
    await publications.first(all.length)
    expect(dataOf(publications)).toEqual(all)
  })

  it('survive very different payloads, empty ones and large ones', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const { publications } = await subscribeClient(await connectClient(url), 'room', { delta: 'fossil' })
    const large = { text: '\u0000\u2028"\\\n'.repeat(8000) }
    const all = [{}, large, {}, { ...large, more: 1 }, [], '', 0, null, { ...large, more: 2 }, large, 'x', {}]
    for (const data of all) await centrifuge.publish('room', data)
    await publications.first(all.length)
    expect(dataOf(publications)).toEqual(all)
  })

  it('are made from whatever came before, marked or not, kept or not', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const { publications } = await subscribeClient(await connectClient(url), 'room', { delta: 'fossil' })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', delta: 'fossil' } })
    await raw.message()
    const all = slowlyChanging(60)
    for (const [index, data] of all.entries())
      await centrifuge.publish('room', data, { delta: index % 3 !== 1, skipHistory: index % 4 === 2 })
    await publications.first(60)
    expect(dataOf(publications)).toEqual(all)
    for (const index of all.keys()) {
      const { delta } = await nextPub(raw)
      if (index % 3 === 1) expect(delta).toBeUndefined()
    }
  })

  it('are sent only of publications that are marked', async () => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith({ ...deltas, delta_publish: false }),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', delta: 'fossil' } })
    await raw.message()
    const [first, second, third] = slowlyChanging(3)
    await centrifuge.publish('room', first)
    await centrifuge.publish('room', second)
    await centrifuge.publish('room', third, { delta: true })
    expect(await nextPub(raw)).not.toHaveProperty('delta')
    expect(await nextPub(raw)).toEqual({ data: JSON.stringify(second), offset: 2 })
    expect(await nextPub(raw)).toMatchObject({ delta: true })
  })

  it('take what clients publish as well', async () => {
    const { url } = await startServer({
      channel: channelsWith({ ...deltas, allow_publish_for_client: true }),
    })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room', {
      delta: 'fossil',
    })
    const all = slowlyChanging(5)
    for (const data of all) await subscription.publish(data)
    await publications.first(5)
    expect(dataOf(publications)).toEqual(all)
  })

  it('save most of the bytes of a document that changes slowly', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const bytes = { plain: 0, deltas: 0 }
    const all = slowlyChanging(100)
    for (const [kind, delta] of [
      ['plain', undefined],
      ['deltas', 'fossil'],
    ] as const) {
      const raw = await connectRaw(url)
      raw.ws.on('message', (frame: Buffer) => (bytes[kind] += frame.length))
      raw.send({ id: 2, subscribe: { channel: kind, delta } })
      await raw.message()
      for (const data of all) await centrifuge.publish(kind, data)
      for (let count = 0; count < all.length; count++) await raw.message()
    }
    expect(bytes.deltas).toBeLessThan(bytes.plain / 4)
  })
})

describe('differences in recovery', () => {
  it('begin with a whole publication, and go on live', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const all = slowlyChanging(8).map((data) => JSON.stringify(data))
    const place = await centrifuge.publish('room', JSON.parse(all[0] ?? ''))
    for (const text of all.slice(1, 6)) await centrifuge.publish('room', JSON.parse(text))
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true, ...place, delta: 'fossil' } })
    const { subscribe } = (await raw.message()) as { subscribe: { publications: Pub[] } }
    expect(subscribe).toMatchObject({ recovered: true, delta: true, offset: 1 })
    for (const text of all.slice(6)) await centrifuge.publish('room', JSON.parse(text))
    const pubs = [...subscribe.publications, await nextPub(raw), await nextPub(raw)]
    expect(pubs.map(({ delta = false }) => delta)).toEqual([false, true, true, true, true, true, true])
    let base: Uint8Array = new Uint8Array()
    const texts = pubs.map(({ data, delta }) => {
      base = delta ? applyDelta(base, Buffer.from(data)) : Buffer.from(data)
      return Buffer.from(base).toString()
    })
    expect(texts).toEqual(all.slice(1))
  })

  it('give the official client all it missed, and what follows', async () => {
    const { url, centrifuge, drop } = await startServer({ channel })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room', {
      delta: 'fossil',
    })
    const all = slowlyChanging(60)
    for (const [start, end] of [
      [0, 20],
      [20, 25],
      [25, 60],
    ] as const) {
      const back = nextEvent(subscription, 'subscribed')
      drop()
      for (const data of all.slice(start, start + 5)) await centrifuge.publish('room', data)
      expect(await back).toMatchObject({ recovered: true })
      for (const data of all.slice(start + 5, end)) await centrifuge.publish('room', data)
      await publications.first(end)
    }
    expect(dataOf(publications)).toEqual(all)
  })

  it('start anew for a client that could not be recovered', async () => {
    const { url, centrifuge, drop } = await startServer({
      channel: channelsWith({ ...deltas, history_size: 2 }),
    })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room', {
      delta: 'fossil',
    })
    const all = slowlyChanging(10)
    await centrifuge.publish('room', all[0])
    await publications.first(1)
    const back = nextEvent(subscription, 'subscribed')
    drop()
    for (const data of all.slice(1, 7)) await centrifuge.publish('room', data)
    expect(await back).toMatchObject({ wasRecovering: true, recovered: false })
    for (const data of all.slice(7)) await centrifuge.publish('room', data)
    await publications.first(4)
    expect(dataOf(publications)).toEqual([all[0], ...all.slice(7)])
  })
})

describe('the base of differences', () => {
  type Step = { publish: unknown; delta: boolean } | { drop: number } | { turns: number }
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 8, arbitrary: fc.record({ publish: payload, delta: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ drop: fc.nat(4) }) },
    { weight: 3, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 200 }) }) },
  )
  const users = ['a', 'b', 'c', 'd']

  it('is what every client really has, whoever is cut off when', { timeout: 60_000 }, async () => {
    const { url, centrifuge, drop } = await startServer({
      channel: channelsWith({ ...deltas, history_size: 1000 }),
    })
    const clients = await Promise.all(
      users.map((token) => connectClient(url, { token, minReconnectDelay: 1, maxReconnectDelay: 5 })),
    )
    let run = 0
    const takers = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(takers, fc.array(step, { maxLength: 40 }), async (taking, steps) => {
        const room = `room-${++run}`
        const subscribed = await Promise.all(
          clients.map((client, index) =>
            subscribeClient(client, room, taking[index] ? { delta: 'fossil' } : {}),
          ),
        )
        const published: unknown[] = []
        const publish = (data: unknown, delta = true) => {
          published.push(JSON.stringify(data))
          return centrifuge.publish(room, data, { delta })
        }
        for (const step of steps) {
          if ('publish' in step) await publish(step.publish, step.delta)
          else if ('turns' in step) for (let turn = 0; turn < step.turns; turn++) await immediate()
          else if (step.drop === users.length) drop()
          else centrifuge.disconnect({ user: users[step.drop] }, { code: 4000, reason: 'come back' })
        }
        await publish('the end')
        for (const { publications, subscription } of subscribed) {
          await publications.first(published.length)
          expect(dataOf(publications).map((data) => JSON.stringify(data))).toEqual(published)
          subscription.unsubscribe()
        }
      }),
      { numRuns: 60 },
    )
  })
})
