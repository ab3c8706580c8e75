import { setImmediate as immediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createMemoryEngine, type Engine, type PublicationOptions } from '../src/index.ts'
import { connectClient } from './support/client.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'
import { dataOf, subscribeClient } from './support/subscribe.ts'

describe('publishing by the server', () => {
  it('answers for each channel of a broadcast, in their order', async () => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith({ publication_data_format: 'json_object' }),
    })
    const { publications } = await subscribeClient(await connectClient(url), 'b')
    const results = await centrifuge.broadcast(['a', 'nowhere:x', 'b', ''], { text: 'hi' })
    expect(results).toMatchObject([
      { status: 'fulfilled', value: { offset: 1 } },
      { status: 'rejected', reason: { code: 102 } },
      { status: 'fulfilled', value: { offset: 1 } },
      { status: 'rejected', reason: { code: 107 } },
    ])
    expect(await publications.first(1)).toMatchObject([{ data: { text: 'hi' }, offset: 1 }])
    expect(await centrifuge.broadcast([], {})).toEqual([])
    expect(await centrifuge.broadcast(['a'], 'no object')).toMatchObject([
      { status: 'rejected', reason: { code: 107 } },
    ])
  })

  it('makes a broadcast’s text once, and leaves the engine room to breathe', async () => {
    const memory = createMemoryEngine()
    let most = 0
    let current = 0
    const engine: Engine = {
      ...memory,
      async publish(...publication) {
        most = Math.max(most, ++current)
        await immediate()
        current--
        return memory.publish(...publication)
      },
    }
    const { centrifuge } = await startServer({ engine })
    let texts = 0
    const data = { toJSON: () => ++texts }
    const channels = Array.from({ length: 3000 }, (_, index) => `room-${index}`)
    const settled = await centrifuge.broadcast(channels, data)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3000)
    expect(texts).toBe(1)
    expect(most).toBe(1024)
    const { publications } = await centrifuge.history('room-2999', { limit: 1 })
    expect(publications).toMatchObject([{ data: '1' }])
  })

  it('delivers once per idempotency key and channel, and answers the same position', async () => {
    const { url, centrifuge } = await startServer()
    const { publications } = await subscribeClient(await connectClient(url), 'room')
    const options = { idempotencyKey: 'message_1' }
    const first = await centrifuge.publish('room', 1, options)
    await centrifuge.publish('room', 2)
    expect(await centrifuge.publish('room', 1, options)).toEqual(first)
    expect(await centrifuge.broadcast(['room', 'other'], 1, options)).toMatchObject([
      { value: first },
      { value: { offset: 1 } },
    ])
    await centrifuge.publish('room', 3, { idempotencyKey: 'message_2' })
    await publications.first(3)
    expect(dataOf(publications)).toEqual([1, 2, 3])
  })

  it('drops versions that are not newer', async () => {
    const { url, centrifuge } = await startServer()
    const { publications } = await subscribeClient(await connectClient(url), 'state')
    for (const [version, versionEpoch] of [
      [2, 'a'],
      [1, 'a'],
      [2, 'a'],
      [3, 'a'],
      [1, 'b'],
      [1, ''],
    ] as const)
      await centrifuge.publish('state', `${versionEpoch}${version}`, { version, versionEpoch })
    await centrifuge.publish('state', 'end')
    await publications.until((all) => all.at(-1)?.data === 'end')
    expect(dataOf(publications)).toEqual(['a2', 'a3', 'b1', 'end'])
    expect(publications.all.map(({ offset }) => offset)).toEqual([1, 2, 3, 4])
  })

  it('forgets the history, and keeps epoch and offset', async () => {
    const { url, centrifuge } = await startServer()
    const { subscription } = await subscribeClient(await connectClient(url), 'room')
    for (const data of [1, 2]) await centrifuge.publish('room', data)
    const { position } = await centrifuge.history('room', { limit: 0 })
    await centrifuge.removeHistory('room')
    expect(await centrifuge.history('room', { limit: 10 })).toEqual({ publications: [], position })
    expect(await centrifuge.publish('room', 3)).toEqual({ offset: 3, epoch: position.epoch })
    expect(await subscription.history({ limit: 10 })).toMatchObject({
      publications: [{ data: 3, offset: 3 }],
      offset: 3,
    })
  })
})

describe('what the server is told of its channels', () => {
  it('is how many subscribe to each, all or by a pattern', async () => {
    const { url, centrifuge } = await startServer()
    const raws = [await connectRaw(url), await connectRaw(url, { token: 'bob' })]
    for (const [index, raw] of raws.entries())
      for (const channel of ['client:1', 'client:2', 'room'].slice(index)) {
        raw.send({ id: 2, subscribe: { channel } })
        await raw.message()
      }
    const listed = (pattern?: string) => Object.fromEntries(centrifuge.channels(pattern))
    expect(listed()).toEqual({ 'client:1': 1, 'client:2': 2, room: 2 })
    expect(listed('')).toEqual(listed())
    expect(listed('client:*')).toEqual({ 'client:1': 1, 'client:2': 2 })
    expect(listed('*:2')).toEqual({ 'client:2': 2 })
    expect(listed('room')).toEqual({ room: 2 })
    expect(listed('r.*m')).toEqual({})
    await openRaw(url)
    expect(centrifuge.counts()).toEqual({ connections: 3, users: 2, channels: 3, subscriptions: 5 })
    expect(centrifuge.info()).toEqual({
      id: expect.any(String) as string,
      uptime: expect.any(Number) as number,
    })
  })
})

describe('wrong input', () => {
  it('is told what it is', async () => {
    const { centrifuge } = await startServer({ channel: { without_namespace: {} } })
    const untagged = JSON.parse('{"tags":{"kind":"a","count":2}}') as PublicationOptions
    const none: [() => Promise<unknown>, unknown][] = [
      [() => centrifuge.publish('nowhere:x', 1), { code: 102 }],
      [() => centrifuge.publish('', 1), { code: 107 }],
      [() => centrifuge.publish('x'.repeat(256), 1), { code: 107 }],
      [() => centrifuge.publish('räume', 1), { code: 107 }],
      [() => centrifuge.publish('room', undefined), { name: 'TypeError' }],
      [() => centrifuge.publish('room', 1n), { name: 'TypeError' }],
      [
        () => centrifuge.publish('room', 1, untagged),
        { name: 'TypeError', message: 'centrifuge: the tag count must be a text' },
      ],
      [() => centrifuge.subscribe('ann', 'nowhere:x'), { code: 102 }],
      [() => centrifuge.subscribe('ann', ''), { code: 107 }],
      [() => centrifuge.history('room', { limit: 1 }), { code: 108 }],
      [() => centrifuge.removeHistory('room'), { code: 108 }],
      [() => centrifuge.removeHistory('nowhere:x'), { code: 102 }],
      [() => centrifuge.presence('nowhere:x'), { code: 102 }],
      [() => centrifuge.presenceStats('room'), { code: 108 }],
    ]
    for (const [act, fault] of none) await expect(act()).rejects.toMatchObject(fault as object)
    expect(() => centrifuge.disconnect({ user: 'ann' }, { code: 1000, reason: 'x' })).toThrow(RangeError)
    expect(() => centrifuge.disconnect({ except: ['x'] })).toThrow(TypeError)
  })

  it('in a history is another epoch (112), and backwards from nowhere (107)', async () => {
    const { centrifuge } = await startServer()
    const { epoch = '' } = (await centrifuge.publish('room', 1)) ?? {}
    const history = (since: { offset: number; epoch: string }, reverse = false) =>
      centrifuge.history('room', { limit: 10, since, reverse })
    await expect(history({ offset: 0, epoch: 'other' })).rejects.toMatchObject({ code: 112 })
    await expect(history({ offset: 0, epoch }, true)).rejects.toMatchObject({ code: 107 })
    expect(await history({ offset: 0, epoch: '' })).toMatchObject({
      publications: [{ data: '1', offset: 1 }],
    })
  })
})
