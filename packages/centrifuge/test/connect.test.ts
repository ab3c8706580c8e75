import { describe, expect, it } from 'vitest'
import { ClientError, Disconnect, type ConnectCall } from '../src/index.ts'
import { connectClient, createClient, nextEvent } from './support/client.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { startServer } from './support/server.ts'

describe('connecting', () => {
  it('hands the hook everything a client can be known by', async () => {
    const calls: ConnectCall[] = []
    const { url } = await startServer({ connect: async (call) => (calls.push(call), { user: 'ann' }) })
    const raw = await openRaw(url, { headers: { cookie: 'sid=1' } })
    raw.send({
      id: 1,
      connect: { token: 't', data: { a: 1 }, name: 'js', version: '5', flag: 9, unknown: true },
    })
    const { connect } = (await raw.message()) as { connect: { client: string } }
    expect(calls).toMatchObject([
      {
        client: connect.client,
        token: 't',
        data: { a: 1 },
        name: 'js',
        version: '5',
        transport: 'websocket',
      },
    ])
    expect(calls[0]?.headers.cookie).toBe('sid=1')
  })

  it('answers with what the protocol wants and leaves out what is empty', async () => {
    const { url } = await startServer({ connect: async () => ({ user: 'ann' }) })
    const raw = await openRaw(url)
    raw.send({ id: 7, connect: {} })
    const client: unknown = expect.any(String)
    expect(await raw.message()).toEqual({ id: 7, connect: { client, ping: 25, pong: true } })
  })

  it('gives the official client its data', async () => {
    const { url } = await startServer({ connect: async () => ({ user: 'ann', data: { hello: ['world'] } }) })
    const client = createClient(url)
    const connected = nextEvent<{ data: unknown }>(client, 'connected')
    client.connect()
    expect((await connected).data).toEqual({ hello: ['world'] })
  })

  it('closes with 3501 when there are no credentials', async () => {
    const { url } = await startServer({ connect: async () => null })
    const client = createClient(url)
    const gone = nextEvent(client, 'disconnected')
    client.connect()
    expect(await gone).toEqual({ code: 3501, reason: 'bad request' })
  })

  it('answers the error a hook throws, and 3501 to whatever follows', async () => {
    const { url } = await startServer({ connect: () => Promise.reject(new ClientError(403, 'banned')) })
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: {} })
    expect(await raw.message()).toEqual({ id: 1, error: { code: 403, message: 'banned' } })
    raw.send({ id: 2, rpc: {} })
    expect(await raw.closed).toEqual({ code: 3501, reason: 'bad request' })
  })

  it('closes as a hook says', async () => {
    const { url } = await startServer({ connect: () => Promise.reject(new Disconnect(4501, 'go away')) })
    const client = createClient(url)
    const gone = nextEvent(client, 'disconnected')
    client.connect()
    expect(await gone).toEqual({ code: 4501, reason: 'go away' })
  })

  it('reports any other fault and lets the client try again', async () => {
    const faults: unknown[] = []
    const fault = new Error('database is away')
    let isAway = true
    const connect = () => (isAway ? Promise.reject(fault) : Promise.resolve({ user: 'ann' }))
    const { url } = await startServer({ connect, onError: (error) => void faults.push(error) })
    const client = createClient(url)
    const failed = nextEvent<{ error: { code: number } }>(client, 'error')
    client.connect()
    expect((await failed).error.code).toBe(100)
    isAway = false
    await client.ready()
    expect(faults[0]).toBe(fault)
  })

  it('refuses a connection that has expired before it began', async () => {
    const { url } = await startServer({ connect: async () => ({ user: 'ann', expireAt: 1 }) })
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: {} })
    expect(await raw.message()).toEqual({ id: 1, error: { code: 110, message: 'expired' } })
  })

  it('tells of those who came and went', async () => {
    const told: unknown[] = []
    let tellGone = (): void => undefined
    const gone = new Promise<void>((resolve) => (tellGone = resolve))
    const { url, centrifuge } = await startServer({
      connect: async () => ({ user: 'ann', meta: { device: 3 } }),
      connected: ({ user, meta }) => void told.push(['connected', user, meta]),
      disconnected: ({ user, meta, code }) => {
        told.push(['disconnected', user, meta, code])
        tellGone()
      },
    })
    const client = await connectClient(url)
    expect(centrifuge.connections()).toMatchObject([{ user: 'ann', meta: { device: 3 } }])
    expect(centrifuge.counts()).toEqual({ connections: 1, users: 1, channels: 0, subscriptions: 0 })
    client.disconnect()
    await gone
    expect(told).toEqual([
      ['connected', 'ann', { device: 3 }],
      ['disconnected', 'ann', { device: 3 }, 3000],
    ])
    expect(centrifuge.counts()).toEqual({ connections: 0, users: 0, channels: 0, subscriptions: 0 })
  })

  it('closes with 3504 when the user has as many connections as allowed', async () => {
    const server = await startServer({ connect: async () => ({ user: 'ann' }), maxConnectionsPerUser: 1 })
    await connectRaw(server.url)
    const second = await openRaw(server.url)
    second.send({ id: 1, connect: {} })
    expect(await second.closed).toEqual({ code: 3504, reason: 'connection limit' })
  })
})
