import type { PublicationContext, SubscribedContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import type { ConnectCall, RpcCall } from '../../src/index.ts'
import { createClientBy, nextEvent, packed, unpacked, ways } from '../support/client.ts'
import { connectRaw } from '../support/raw.ts'
import { startServer } from '../support/server.ts'

describe.each(ways)('the official client by $transport in $encoding', (way) => {
  it('connects, and the hook is told how', async () => {
    const calls: ConnectCall[] = []
    const data = { hello: ['world'] }
    const { base } = await startServer({ connect: async (call) => (calls.push(call), { user: 'ann', data }) })
    const client = createClientBy(way, base, { data: packed(way, { from: 'afar' }) })
    const connected = nextEvent<{ data: unknown; transport: string }>(client, 'connected')
    client.connect()
    const { data: answered, transport } = await connected
    expect([transport, unpacked(way, answered)]).toEqual([way.transport, data])
    expect(calls).toMatchObject([{ ...way, token: 'ann', data: { from: 'afar' } }])
    expect(calls[0]?.headers.host).toBe(new URL(base).host)
  })

  it('subscribes, publishes, and receives what it and the server publish', async () => {
    const { base, centrifuge } = await startServer({ publish: async () => ({}) })
    const subscription = await subscribe(base)
    const first = nextEvent<PublicationContext>(subscription, 'publication')
    await subscription.publish(packed(way, { text: 'Grüße\nаnd 你好' }))
    expect(unpacked(way, (await first).data)).toEqual({ text: 'Grüße\nаnd 你好' })
    const second = nextEvent<PublicationContext>(subscription, 'publication')
    await centrifuge.publish('room', 'x'.repeat(300_000))
    const large = await second
    expect([unpacked(way, large.data), large.offset]).toEqual(['x'.repeat(300_000), 2])
  })

  it('calls, and is refused as it should be', async () => {
    const { base } = await startServer({ rpc: async ({ method, data }: RpcCall) => ({ method, data }) })
    const client = await connect(base)
    const answer = await client.rpc('echo', packed(way, [1, 2]))
    expect(unpacked(way, answer.data)).toEqual({ method: 'echo', data: [1, 2] })
    await expect(client.presence('room')).rejects.toMatchObject({ code: 108 })
  })

  it('comes back when the connection is cut, and recovers what it missed', async () => {
    const { base, centrifuge, drop } = await startServer()
    const subscription = await subscribe(base)
    await centrifuge.publish('room', 1)
    const seen: unknown[] = []
    subscription.on('publication', ({ data }: PublicationContext) => seen.push(unpacked(way, data)))
    const back = nextEvent<SubscribedContext>(subscription, 'subscribed')
    drop()
    await centrifuge.publish('room', 2)
    expect(await back).toMatchObject({ wasRecovering: true, recovered: true })
    const last = nextEvent(subscription, 'publication')
    await centrifuge.publish('room', 3)
    await last
    expect(seen.slice(-2)).toEqual([2, 3])
  })

  it.each([
    [3503, 'forced', 'disconnected'],
    [4500, 'for good', 'disconnected'],
    [4000, 'come back', 'connecting'],
  ])('learns that it was closed with %d', async (code, reason, event) => {
    const { base, centrifuge } = await startServer()
    const client = await connect(base)
    const closed = nextEvent(client, event)
    expect(centrifuge.disconnect({ user: 'ann' }, { code, reason })).toBe(1)
    expect(await closed).toEqual({ code, reason })
  })

  it('is told 3001 when the server closes, which waits for its connections to end', async () => {
    const { base, centrifuge } = await startServer()
    const client = await connect(base)
    const closed = nextEvent(client, 'connecting')
    await centrifuge.close()
    expect(await closed).toEqual({ code: 3001, reason: 'shutdown' })
    expect(centrifuge.counts().connections).toBe(0)
    client.disconnect()
  })

  it('is missed when it goes', async () => {
    const { promise: gone, resolve } = Promise.withResolvers<unknown>()
    const { base } = await startServer({ disconnected: ({ user, code }) => resolve([user, code]) })
    const client = await connect(base)
    client.disconnect()
    expect(await gone).toEqual(['ann', 3000])
  })

  it('answers pings', async () => {
    const { url, base, centrifuge } = await startServer({ pingInterval: 100, pongTimeout: 90 })
    await connect(base)
    const before = centrifuge.connections()
    const clock = await connectRaw(url, { token: 'clock' })
    for (let count = 0; count < 4; count++) {
      await clock.message()
      clock.send({})
    }
    expect(centrifuge.connections()).toEqual([...before, expect.objectContaining({ user: 'clock' })])
  })

  async function connect(base: string) {
    const client = createClientBy(way, base)
    client.connect()
    await client.ready()
    return client
  }

  async function subscribe(base: string) {
    const subscription = (await connect(base)).newSubscription('room')
    subscription.subscribe()
    await subscription.ready()
    return subscription
  }
})
