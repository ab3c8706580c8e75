import { setImmediate as immediate } from 'node:timers/promises'
import type { PublicationContext, SubscribedContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connectClient, createClient, nextEvent } from './support/client.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'

describe('limits', () => {
  it('closes a slow client with 3008, and it recovers all it missed', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<number>()
    const { url, centrifuge } = await startServer({
      channel: channelsWith({ history_size: 2000 }),
      recoveryMaxPublications: 2000,
      disconnected: ({ code }) => resolve(code),
    })
    const sockets: WebSocket[] = []
    class Observed extends WebSocket {
      constructor(address: string) {
        super(address)
        sockets.push(this)
      }
    }
    const client = await connectClient(url, { websocket: Observed })
    const subscription = client.newSubscription('room')
    subscription.subscribe()
    await subscription.ready()
    const seen: number[] = []
    const { promise: complete, resolve: hasAll } = Promise.withResolvers<undefined>()
    subscription.on('publication', ({ data }: PublicationContext) => {
      const { number, isLast } = data as { number: number; isLast: boolean }
      seen.push(number)
      if (isLast) hasAll(undefined)
    })
    const subscribed = nextEvent<SubscribedContext>(subscription, 'subscribed')
    const connecting = nextEvent(client, 'connecting')

    sockets[0]?.pause()
    let number = 0
    while (centrifuge.connections().length > 0) {
      await centrifuge.publish('room', { number: ++number, padding: 'x'.repeat(60_000) })
      await immediate()
    }
    expect(await closed).toBe(3008)
    sockets[0]?.resume()
    expect(await connecting).toEqual({ code: 3008, reason: 'slow' })
    expect(await subscribed).toMatchObject({ recovered: true })
    await centrifuge.publish('room', { number: ++number, isLast: true })
    await complete
    expect(seen).toEqual(Array.from({ length: number }, (_, index) => index + 1))
  })

  it('closes with 1009 on a message that is too large', async () => {
    const { url } = await startServer()
    const raw = await connectRaw(url)
    raw.ws.send('x'.repeat(65_537))
    expect(await raw.closed).toMatchObject({ code: 1009 })
  })

  it('takes a message as large as allowed', async () => {
    const { url } = await startServer({ rpc: async ({ data }) => (data as string).length })
    const raw = await connectRaw(url)
    const [start, end] = ['{"id":2,"rpc":{"data":"', '"}}']
    raw.ws.send(start + 'x'.repeat(65_536 - start.length - end.length) + end)
    expect(await raw.message()).toEqual({ id: 2, rpc: { data: 65_536 - start.length - end.length } })
  })

  it('closes with 3502 who does not connect, whether silent or refused', async () => {
    const { url } = await startServer({ staleTimeout: 30, connect: () => Promise.reject(new Error('no')) })
    const silent = await openRaw(url)
    const refused = await openRaw(url)
    refused.send({ id: 1, connect: {} })
    for (const raw of [silent, refused]) expect(await raw.closed).toEqual({ code: 3502, reason: 'stale' })
  })

  it('stops reading a client that asks faster than it is answered, and goes on later', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const { url } = await startServer({ rpc: async ({ data }) => (await gate, data), commandsPerSecond: 0 })
    const raw = await connectRaw(url)
    for (let data = 0; data < 500; data++) raw.send({ id: data + 2, rpc: { data } })
    openGate(undefined)
    for (let data = 0; data < 500; data++) expect(await raw.message()).toMatchObject({ rpc: { data } })
  })
})

describe('pings', () => {
  it('close with 3012 who does not answer', async () => {
    const { url } = await startServer({ pingInterval: 50, pongTimeout: 20 })
    const raw = await connectRaw(url)
    expect(await raw.message()).toEqual({})
    expect(await raw.closed).toEqual({ code: 3012, reason: 'no pong' })
  })

  it('keep who answers, and are answered past a slow call', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const { url } = await startServer({ pingInterval: 50, pongTimeout: 40, rpc: () => gate })
    const raw = await connectRaw(url)
    raw.send({ id: 2, rpc: {} })
    for (let count = 0; count < 4; count++) {
      expect(await raw.message()).toEqual({})
      raw.send({})
    }
    openGate(undefined)
    expect(await raw.message()).toEqual({ id: 2, rpc: {} })
  })

  it('are answered by the official client', async () => {
    const { url, centrifuge } = await startServer({ pingInterval: 40, pongTimeout: 30 })
    const client = createClient(url, { token: 'ann' })
    const raw = await connectRaw(url, { token: 'bob' })
    client.connect()
    await client.ready()
    for (let count = 0; count < 4; count++) {
      await raw.message()
      raw.send({})
    }
    expect(centrifuge.connections().map(({ user }) => user)).toContain('ann')
  })

  it('close with 3501 who answers unasked or twice', async () => {
    const { url } = await startServer({ pingInterval: 400, pongTimeout: 300 })
    const unasked = await connectRaw(url)
    unasked.send({})
    const twice = await connectRaw(url)
    await twice.message()
    twice.send({}, {})
    for (const raw of [unasked, twice])
      expect(await raw.closed).toEqual({ code: 3501, reason: 'bad request' })
  })

  it('must come less often than they may be answered late', async () => {
    await expect(startServer({ pingInterval: 10, pongTimeout: 10 })).rejects.toThrow('pingInterval')
    await expect(startServer({ queueMaxBytes: -1 })).rejects.toThrow('queueMaxBytes')
  })
})
