import { setImmediate as immediate } from 'node:timers/promises'
import type { PublicationContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import type { RpcCall } from '../src/index.ts'
import { connectClient, nextEvent } from './support/client.ts'
import { connectRaw } from './support/raw.ts'
import { startServer } from './support/server.ts'

describe('publishing', () => {
  it('goes through the hook and carries who published', async () => {
    const { url } = await startServer({
      connect: async () => ({ user: 'ann', info: { name: 'Ann' } }),
      publish: async ({ data }) => ({ data: { said: data } }),
    })
    const client = await connectClient(url)
    const subscription = client.newSubscription('room')
    subscription.subscribe()
    await subscription.ready()
    const arrived = nextEvent<PublicationContext>(subscription, 'publication')
    expect(await subscription.publish('hello')).toEqual({})
    expect(await arrived).toMatchObject({
      data: { said: 'hello' },
      offset: 1,
      info: { user: 'ann', connInfo: { name: 'Ann' } },
    })
  })

  it('publishes nothing when the application has dealt with it', async () => {
    const { url } = await startServer({ publish: async () => ({ handled: true }) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, { id: 3, publish: { channel: 'room', data: 1 } })
    raw.send({ id: 4, history: { channel: 'room', limit: 10 } })
    await raw.message()
    expect(await raw.message()).toEqual({ id: 3, publish: {} })
    expect(await raw.message()).toMatchObject({ id: 4, history: { publications: [], offset: 0 } })
  })

  it('is not possible without a hook or without data', async () => {
    const { url } = await startServer()
    const raw = await connectRaw(url)
    raw.send({ id: 2, publish: { channel: 'room', data: 1 } }, { id: 3, publish: { channel: 'room' } })
    expect(await raw.message()).toMatchObject({ id: 2, error: { code: 103 } })
    expect(await raw.message()).toMatchObject({ id: 3, error: { code: 107 } })
  })
})

describe('history', () => {
  it('answers pages and the position to subscribers', async () => {
    const { url, centrifuge } = await startServer()
    const client = await connectClient(url)
    const subscription = client.newSubscription('room')
    subscription.subscribe()
    await subscription.ready()
    for (const data of [1, 2, 3]) await centrifuge.publish('room', data)
    const { epoch, publications, offset } = await subscription.history({ limit: 2 })
    expect([offset, publications.map(({ data }) => data as unknown)]).toEqual([3, [1, 2]])
    const next = await subscription.history({ limit: -1, since: { offset: 2, epoch } })
    expect(next.publications).toMatchObject([{ data: 3, offset: 3 }])
    const newest = await subscription.history({ limit: 1, reverse: true })
    expect(newest.publications).toMatchObject([{ data: 3 }])
    expect(await subscription.history({})).toMatchObject({ publications: [], offset: 3, epoch })
  })

  it.each([
    [{ channel: 'other' }, 103],
    [{ channel: 'room', since: { offset: 1, epoch: 'elsewhere' } }, 112],
    [{ channel: 'room', reverse: true, since: { offset: 0, epoch: '' } }, 107],
  ])('answers %o with %d', async (history, code) => {
    const { url } = await startServer()
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, { id: 3, history })
    await raw.message()
    expect(await raw.message()).toMatchObject({ id: 3, error: { code } })
  })
})

describe('calls', () => {
  it('answer what the hook returns, and an empty result for nothing', async () => {
    const rpc = async ({ method, data }: RpcCall) => (method === 'echo' ? { echo: data } : undefined)
    const { url } = await startServer({ rpc })
    const client = await connectClient(url)
    expect(await client.rpc('echo', { a: [1] })).toEqual({ data: { echo: { a: [1] } } })
    expect(await client.rpc('nothing', {})).toEqual({ data: undefined })
  })

  it('are answered in order, however long one takes', async () => {
    const log: string[] = []
    const rpc = async ({ method }: RpcCall) => {
      log.push(`${method} begins`)
      if (method === 'slow') await immediate()
      log.push(`${method} ends`)
    }
    const { url } = await startServer({ rpc })
    const raw = await connectRaw(url)
    raw.send({ id: 2, rpc: { method: 'slow' } }, { id: 3, rpc: { method: 'fast' } }, { id: 4, ping: {} })
    const answers = [await raw.message(), await raw.message(), await raw.message()]
    expect(answers).toMatchObject([
      { id: 2, rpc: {} },
      { id: 3, rpc: {} },
      { id: 4, error: { code: 108 } },
    ])
  })

  it('answer 100 when the result is no JSON', async () => {
    const { url } = await startServer({ rpc: async () => 1n })
    const raw = await connectRaw(url)
    raw.send({ id: 2, rpc: {} })
    expect(await raw.message()).toMatchObject({ id: 2, error: { code: 100, temporary: true } })
  })
})

describe('commands that are not served', () => {
  it.each([
    [{ rpc: { method: 'x' } }, 104],
    [{ ping: {} }, 108],
    [{ presence: { channel: 'room' } }, 108],
    [{ presence_stats: { channel: 'room' } }, 108],
    [{ sub_refresh: { channel: 'room', token: 't' } }, 103],
  ])('answer %o with %d', async (command, code) => {
    const { url } = await startServer()
    const raw = await connectRaw(url)
    raw.send({ id: 2, ...command })
    expect(await raw.message()).toMatchObject({ id: 2, error: { code } })
  })

  it.each([
    [{ send: { data: 1 } }, { code: 3508, reason: 'not available' }],
    [
      { id: 3, refresh: { token: 't' } },
      { code: 3501, reason: 'bad request' },
    ],
    [
      { id: 3, sub_refresh: { channel: 'room', token: 't' } },
      { code: 3501, reason: 'bad request' },
    ],
  ])('close on %o', async (command, closing) => {
    const { url } = await startServer()
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, command)
    expect(await raw.closed).toEqual(closing)
  })
})
