import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerSubscribedContext, SubscribedContext } from 'centrifuge'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCentrifuge, createMemoryEngine, type Engine } from '../src/index.ts'
import { connectClient, createClient, nextEvent } from './support/client.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'

describe('recovery', () => {
  it('gives a client-side subscription what it missed', async () => {
    const { raw, epoch } = await published(5)
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true, offset: 3, epoch } })
    expect(await raw.message()).toEqual({
      id: 2,
      subscribe: {
        recoverable: true,
        positioned: true,
        was_recovering: true,
        recovered: true,
        epoch,
        offset: 3,
        publications: [
          { data: 4, offset: 4 },
          { data: 5, offset: 5 },
        ],
      },
    })
  })

  it('gives a server-side subscription what it missed', async () => {
    const { url, centrifuge } = await startServer({
      connect: async () => ({ user: 'ann', channels: ['room'] }),
    })
    const position = await centrifuge.publish('room', 1)
    await centrifuge.publish('room', 2)
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: { subs: { room: { recover: true, ...position }, other: { recover: true } } } })
    expect(await raw.message()).toMatchObject({
      connect: { subs: { room: { recovered: true, offset: 1, publications: [{ data: 2, offset: 2 }] } } },
    })
  })

  it('takes an empty epoch for the current one', async () => {
    const { raw, epoch } = await published(2)
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true, offset: 2 } })
    const { subscribe } = (await raw.message()) as { subscribe: object }
    expect(subscribe).toMatchObject({ recovered: true, epoch, offset: 2 })
    expect(subscribe).not.toHaveProperty('publications')
  })

  it.each([
    ['another epoch', { offset: 1, epoch: 'elsewhere' }],
    ['a position past the history', { offset: 1, epoch: '' }],
    ['a position ahead of the stream', { offset: 99, epoch: '' }],
  ])('is refused whole for %s', async (_name, since) => {
    const { raw, epoch } = await published(5, { history_size: 3 })
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true, ...since } })
    expect(await raw.message()).toEqual({
      id: 2,
      subscribe: { recoverable: true, positioned: true, was_recovering: true, epoch, offset: 5 },
    })
  })

  it('is refused when more was missed than the limit', async () => {
    const { raw } = await published(5, {}, 3)
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true, offset: 1 } })
    expect(await raw.message()).not.toHaveProperty('subscribe.recovered')
  })

  it('answers 112 to a client that would rather not be subscribed then', async () => {
    const { raw, centrifuge } = await published(1)
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true, offset: 9, flag: 3 } })
    expect(await raw.message()).toMatchObject({
      id: 2,
      error: { code: 112, message: 'unrecoverable position' },
    })
    expect(centrifuge.counts().subscriptions).toBe(0)
  })

  it('goes no further back than the application allows', async () => {
    const { url, centrifuge } = await startServer({ subscribe: async () => ({ recoverFrom: 2 }) })
    for (const data of [1, 2, 3]) await centrifuge.publish('room', data)
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true, offset: 1 } })
    const { subscribe } = (await raw.message()) as { subscribe: object }
    expect(subscribe).toMatchObject({ recoverable: true, was_recovering: true, offset: 3 })
    expect(subscribe).not.toHaveProperty('recovered')
    raw.send({ id: 3, unsubscribe: { channel: 'room' } })
    await raw.message()
    raw.send({ id: 4, subscribe: { channel: 'room', recover: true, offset: 2 } })
    expect(await raw.message()).toMatchObject({
      subscribe: { recovered: true, publications: [{ data: 3, offset: 3 }] },
    })
  })

  it('brings what the application lets a subscriber have, and so does what is live', async () => {
    const accepts = (tags?: Record<string, string>) => tags?.['for'] !== 'staff'
    const { url, centrifuge } = await startServer({ subscribe: async () => ({ accepts }) })
    const raw = await connectRaw(url)
    const publish = (data: number) =>
      centrifuge.publish('room', data, data % 2 ? { tags: { for: 'staff' } } : {})
    await publish(1)
    await publish(2)
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true, offset: 0 } })
    expect(await raw.message()).toMatchObject({ subscribe: { publications: [{ data: 2, offset: 2 }] } })
    await publish(3)
    await publish(4)
    expect(await raw.message()).toEqual({ push: { channel: 'room', pub: { data: 4, offset: 4 } } })
  })

  it('does not repeat what the engine hands over late', async () => {
    const memory = createMemoryEngine()
    let deliver: Parameters<Engine['subscribe']>[1] = () => undefined
    const subscribe: Engine['subscribe'] = (_channel, handler) => void (deliver = handler)
    const engine: Engine = { ...memory, contiguous: false, subscribe }
    const { url, centrifuge } = await startServer({ engine })
    await centrifuge.publish('room', 1)
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await raw.message()
    deliver({ data: '1', offset: 1 })
    deliver({ data: '5', offset: 5 })
    deliver({ data: '5', offset: 5 })
    deliver({ data: '9', offset: 9 })
    expect(await raw.message()).toMatchObject({ push: { pub: { offset: 5 } } })
    expect(await raw.message()).toMatchObject({ push: { pub: { offset: 9 } } })
  })

  it('is refused to the official client when the server and its memory were new in between', async () => {
    const options = {
      connect: async () => ({ user: 'ann' }),
      subscribe: async () => ({}),
      channel: channelsWith(),
    }
    let running = createCentrifuge(options)
    const http = createServer().on('upgrade', (...upgrade) => running.handleUpgrade(...upgrade))
    await once(http.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void http.close())
    const { port } = http.address() as AddressInfo
    const client = await connectClient(`ws://127.0.0.1:${port}/connection/websocket`)
    const subscription = client.newSubscription('room')
    subscription.subscribe()
    await subscription.ready()
    await running.publish('room', 1)
    const again = nextEvent<SubscribedContext>(subscription, 'subscribed')
    const old = running
    running = createCentrifuge(options)
    await old.close()
    expect(await again).toMatchObject({ wasRecovering: true, recovered: false })
    client.disconnect()
    await running.close()
  })

  it('tells the official client whether it has everything', async () => {
    const { url, centrifuge, drop } = await startServer({
      channel: channelsWith({ history_size: 1 }),
      connect: async () => ({ user: 'ann', channels: ['mine'] }),
    })
    const client = createClient(url)
    const subscription = client.newSubscription('room')
    subscription.subscribe()
    client.connect()
    await subscription.ready()
    const room = nextEvent<SubscribedContext>(subscription, 'subscribed')
    const mine = nextEvent<ServerSubscribedContext>(client, 'subscribed')
    drop()
    await Promise.all([
      centrifuge.publish('room', 1),
      centrifuge.publish('room', 2),
      centrifuge.publish('mine', 3),
    ])
    expect(await room).toMatchObject({ wasRecovering: true, recovered: false })
    expect(await mine).toMatchObject({ wasRecovering: true, recovered: true })
  })
})

async function published(count: number, history = {}, recoveryMaxPublications = 300) {
  const server = await startServer({ channel: channelsWith(history), recoveryMaxPublications })
  let epoch = ''
  for (let data = 1; data <= count; data++)
    epoch = (await server.centrifuge.publish('room', data))?.epoch ?? ''
  return { ...server, raw: await connectRaw(server.url), epoch }
}
