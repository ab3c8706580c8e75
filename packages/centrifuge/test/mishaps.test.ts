import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createMemoryEngine, type Engine } from '../src/index.ts'
import { connectClient, createClientBy } from './support/client.ts'
import { connectRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'

describe('one mishap is no other one’s', () => {
  it('who is closed for being slow leaves in turn, however many that is', async () => {
    const memory = createMemoryEngine()
    const depths: number[] = []
    let depth = 0
    const announce: Engine['announce'] = (channel, announcement) => {
      depths.push(++depth)
      void memory.announce?.(channel, announcement)
      depth--
    }
    const { url, centrifuge } = await startServer({
      engine: { ...memory, announce },
      queueMaxBytes: 1000,
      channel: channelsWith({ join_leave: true, force_push_join_leave: true }),
      connect: async ({ token }) => ({ user: token, channels: ['news'] }),
    })
    const crowd = [await connectRaw(url), await connectRaw(url), await connectRaw(url)]
    const long = 'x'.repeat(900)
    await Promise.all([centrifuge.publish('news', long), centrifuge.publish('news', long)])
    for (const raw of crowd) expect((await raw.closed).code).toBe(3008)
    expect(depths).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('bytes as info are left out for whoever speaks JSON', async () => {
    const { url } = await startServer({
      channel: channelsWith({
        join_leave: true,
        force_push_join_leave: true,
        presence: true,
        allow_presence_for_subscriber: true,
      }),
      connect: async ({ token }) => ({ user: token, info: new Uint8Array([255]) }),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, { id: 3, presence: { channel: 'room' } })
    expect(await raw.message()).toMatchObject({ id: 2 })
    const told = [await raw.message(), await raw.message()]
    expect(told).toContainEqual({
      push: { channel: 'room', join: { info: { user: 'ann', client: expect.any(String) as string } } },
    })
    expect(told).toContainEqual(expect.objectContaining({ id: 3, presence: expect.anything() as object }))
  })

  it('what fails while a publication is handed over is reported, and ends one connection', async () => {
    const faults: unknown[] = []
    const { url, centrifuge } = await startServer({
      subscribe: async ({ user }) => ({ accepts: () => fail(user === 'bob') }),
      onError: (error) => void faults.push(error),
    })
    const [ann, bob] = [await connectRaw(url), await connectRaw(url, { token: 'bob' })]
    for (const raw of [ann, bob]) {
      raw.send({ id: 2, subscribe: { channel: 'room' } })
      await raw.message()
    }
    await centrifuge.publish('room', 1)
    expect(await ann.message()).toMatchObject({ push: { pub: { data: 1 } } })
    expect((await bob.closed).code).toBe(3004)
    expect(faults).toEqual([new Error('no')])
  })

  it('an engine and a reporter that fail later do not end the process', async () => {
    const faults: unknown[] = []
    const memory = createMemoryEngine()
    const engine: Engine = { ...memory, unsubscribe: async () => Promise.reject(new Error('away')) }
    const onError = async (error: unknown) => Promise.reject((faults.push(error), new Error('deaf')))
    const { url } = await startServer({ engine, onError })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, { id: 3, unsubscribe: { channel: 'room' } })
    for (const id of [2, 3]) expect(await raw.message()).toMatchObject({ id })
    raw.send({ id: 4, rpc: {} })
    expect(await raw.message()).toMatchObject({ id: 4, error: { code: 104 } })
    expect(faults).toEqual([new Error('away')])
  })
})

describe('what the application hears', () => {
  it('is that a connection ended even where it asked to connect again, and too fast', async () => {
    const { promise: gone, resolve } = Promise.withResolvers<string>()
    const { url } = await startServer({
      commandsPerSecond: 1,
      commandsBurst: 2,
      disconnected: ({ user }) => resolve(user),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, rpc: {} }, { id: 3, connect: { token: 'ann' } })
    expect(await raw.message()).toMatchObject({ id: 3, error: { code: 111 } })
    raw.ws.close()
    expect(await gone).toBe('ann')
  })

  it('is the end after the beginning, however long it takes over that', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<undefined>()
    const { promise: over, resolve } = Promise.withResolvers<undefined>()
    const heard: string[] = []
    const { url, centrifuge } = await startServer({
      async connected() {
        await gate
        heard.push('connected')
      },
      disconnected() {
        heard.push('disconnected')
        resolve(undefined)
      },
    })
    await connectRaw(url)
    centrifuge.disconnect({ user: 'ann' })
    open(undefined)
    await over
    expect(heard).toEqual(['connected', 'disconnected'])
  })
})

it('the server API does not wait for a call of somebody who has gone', async () => {
  const { url, centrifuge } = await startServer({ rpc: () => new Promise(() => undefined) })
  const raw = await connectRaw(url)
  raw.send({ id: 2, rpc: {} })
  raw.send({ id: 3, publish: { channel: '' } })
  const subscribed = centrifuge.subscribe('ann', 'room')
  centrifuge.disconnect({ user: 'ann' })
  await subscribed
  expect(centrifuge.counts().subscriptions).toBe(0)
})

describe('who', () => {
  it('gives something up is never told that it does so too often', async () => {
    const { url } = await startServer({ commandsPerSecond: 1, commandsBurst: 3 })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'a' } }, { id: 3, subscribe: { channel: 'b' } })
    raw.send({ id: 4, unsubscribe: { channel: 'a' } }, { id: 5, subscribe: { channel: 'c' } })
    const replies = [await raw.message(), await raw.message(), await raw.message(), await raw.message()]
    expect(replies).toContainEqual({ id: 4, unsubscribe: {} })
    expect(replies).toContainEqual(expect.objectContaining({ id: 5, error: expect.anything() as object }))
  })

  it('is not read for a while is not blamed for pongs that nobody read', async () => {
    const { url } = await startServer({
      pingInterval: 200,
      pongTimeout: 150,
      commandsPerSecond: 0,
      rpc: () => pause(8),
    })
    const client = await connectClient(url)
    const calls = Array.from({ length: 100 }, () => client.rpc('slow', null))
    expect(await Promise.all(calls)).toHaveLength(100)
  })

  it('came back to a channel keeps it when the application says no to the time before', async () => {
    const { promise: asked, resolve: hasAsked } = Promise.withResolvers<undefined>()
    const { promise: gate, resolve: open } = Promise.withResolvers<null>()
    let times = 0
    const { url, centrifuge } = await startServer({
      subscribe: async () => (++times === 1 ? { expireAt: Date.now() / 1000 + 0.3 } : {}),
      subRefresh: async () => (hasAsked(undefined), gate),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await raw.message()
    await asked
    raw.send({ id: 3, unsubscribe: { channel: 'room' } }, { id: 4, subscribe: { channel: 'room' } })
    for (const id of [3, 4]) expect(await raw.message()).toMatchObject({ id })
    open(null)
    await centrifuge.publish('room', 1)
    expect(await raw.message()).toMatchObject({ push: { pub: { data: 1 } } })
  })

  it('sends bytes where others may speak JSON is refused', async () => {
    const channel = channelsWith({ allow_publish_for_client: true })
    const { base } = await startServer({
      channel: {
        ...channel,
        namespaces: [{ name: 'files', allow_publish_for_client: true, publication_data_format: 'binary' }],
      },
    })
    const client = createClientBy({ transport: 'websocket', encoding: 'protobuf' }, base)
    client.connect()
    await expect(client.publish('room', new Uint8Array([255, 254]))).rejects.toMatchObject({ code: 107 })
    expect(await client.publish('files:a', new Uint8Array([255, 254]))).toEqual({})
  })
})

function fail(isDue: boolean): boolean {
  if (isDue) throw new Error('no')
  return true
}
