import { once } from 'node:events'
import type { DisconnectedContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { ClientError, Disconnect } from '../src/index.ts'
import { connectClient, nextEvent } from './support/client.ts'
import { connectRaw, openRaw, refusedStatus } from './support/raw.ts'
import { startServer } from './support/server.ts'

const withMeta = {
  connect: async ({ token, data }: { token: string; data: unknown }) => ({ user: token, meta: data }),
}

describe('disconnecting', () => {
  it('closes all connections of a user for good by default', async () => {
    const { url, centrifuge } = await startServer()
    const ann = await connectClient(url)
    const bob = await connectClient(url, { token: 'bob' })
    const gone = nextEvent<DisconnectedContext>(ann, 'disconnected')
    expect(centrifuge.disconnect({ user: 'ann' })).toBe(1)
    expect(await gone).toEqual({ code: 3503, reason: 'force disconnect' })
    expect(bob.state).toBe('connected')
  })

  it('closes those that all conditions hold for, with any code', async () => {
    const { url, centrifuge } = await startServer(withMeta)
    const first = await connectRaw(url, { token: 'ann', data: { device: 1 } })
    await connectRaw(url, { token: 'ann', data: { device: 2 } })
    await connectRaw(url, { token: 'bob', data: { device: 1 } })
    const where = ({ meta }: { meta: unknown }) => (meta as { device: number }).device === 1
    expect(centrifuge.disconnect({ user: 'ann', where }, { code: 4000, reason: 'signed out' })).toBe(1)
    expect(await first.closed).toEqual({ code: 4000, reason: 'signed out' })
    const client = centrifuge.connections()[0]?.client ?? ''
    expect(centrifuge.disconnect({ client })).toBe(1)
    expect(() => centrifuge.disconnect({})).toThrow(TypeError)
    expect(() => centrifuge.disconnect({ user: 'bob' }, { code: 99, reason: 'x' })).toThrow(RangeError)
  })

  it.each([
    ['', 'closed'],
    ['{"reason":"x","reconnect":true}', 'reason {"reason":"x","reconnect":true}'],
    ['ü'.repeat(100), 'ü'.repeat(61)],
  ])('never sends a reason that clients misread (%s)', async (reason, sent) => {
    const { url, centrifuge } = await startServer()
    const raw = await connectRaw(url)
    centrifuge.disconnect({ user: 'ann' }, { code: 4500, reason })
    expect(await raw.closed).toEqual({ code: 4500, reason: sent })
  })

  it('reaches a user who is still connecting', async () => {
    const { promise: opening, resolve: hasOpened } = Promise.withResolvers<undefined>()
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const server = await startServer({
      connect: async () => ({ user: 'ann', channels: ['room'] }),
      engine: {
        subscribe: () => (hasOpened(undefined), gate),
        unsubscribe: () => undefined,
        publish: async () => undefined,
        history: async () => ({ publications: [], position: { offset: 0, epoch: 'e' }, complete: true }),
      },
    })
    const raw = await openRaw(server.url)
    raw.send({ id: 1, connect: {} })
    await opening
    expect(server.centrifuge.disconnect({ user: 'ann' })).toBe(1)
    openGate(undefined)
    expect(await raw.closed).toEqual({ code: 3503, reason: 'force disconnect' })
    expect(server.centrifuge.counts()).toMatchObject({ users: 0, channels: 0, subscriptions: 0 })
  })
})

describe('expiry', () => {
  const soon = () => Date.now() / 1000 + 0.05

  it('asks the refresh hook, and closes with 3005 when it says no', async () => {
    const asked: unknown[] = []
    const { url } = await startServer({
      connect: async () => ({ user: 'ann', meta: 1, expireAt: soon() }),
      refresh: async ({ user, meta }) => (
        asked.push([user, meta]),
        asked.length < 3 ? { expireAt: soon() } : null
      ),
      staleTimeout: 80,
    })
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: {} })
    expect(await raw.message()).not.toHaveProperty('connect.expires')
    expect(await raw.closed).toEqual({ code: 3005, reason: 'connection expired' })
    expect(asked).toEqual([
      ['ann', 1],
      ['ann', 1],
      ['ann', 1],
    ])
  })

  it('asks again later when the hook fails', async () => {
    const faults: unknown[] = []
    const fault = new Error('database is away')
    const { url } = await startServer({
      connect: async () => ({ user: 'ann', expireAt: soon() }),
      refresh: () =>
        faults.length < 2 ? Promise.reject(fault) : Promise.reject(new Disconnect(3500, 'revoked')),
      onError: (error) => void faults.push(error),
      refreshRetryDelay: 10,
      staleTimeout: 80,
    })
    const raw = await connectRaw(url)
    expect(await raw.closed).toEqual({ code: 3500, reason: 'revoked' })
    expect(faults).toEqual([fault, fault])
  })

  it('closes with 3005 without a hook', async () => {
    const { url } = await startServer({
      connect: async () => ({ user: 'ann', expireAt: soon() }),
      staleTimeout: 80,
    })
    const raw = await connectRaw(url)
    expect(await raw.closed).toMatchObject({ code: 3005 })
  })
})

describe('shutting down', () => {
  it('closes everybody with 3001, after which clients come back', async () => {
    const { url, centrifuge } = await startServer()
    const client = await connectClient(url)
    const unauthenticated = await openRaw(url)
    const raws = await Promise.all(Array.from({ length: 200 }, () => connectRaw(url)))
    const connecting = nextEvent(client, 'connecting')
    await centrifuge.close()
    for (const raw of [unauthenticated, ...raws])
      expect(await raw.closed).toEqual({ code: 3001, reason: 'shutdown' })
    expect(await connecting).toEqual({ code: 3001, reason: 'shutdown' })
    expect(centrifuge.counts()).toEqual({ connections: 0, users: 0, channels: 0, subscriptions: 0 })
    expect(await refusedStatus(url)).toBe(503)
  })

  it('does not wait for ever for a client that does not answer', async () => {
    const { url, centrifuge } = await startServer({ shutdownTimeout: 20 })
    const raw = await connectRaw(url)
    raw.ws.pause()
    await centrifuge.close()
    expect(centrifuge.counts().connections).toBe(0)
  })
})

describe('upgrades', () => {
  const statusFor = async (origin: string, allowedOrigins: string[] = []) => {
    const { url } = await startServer({ allowedOrigins })
    return refusedStatus(url, { origin })
  }

  it('leave the socket alone on another path', async () => {
    const { url, http, centrifuge } = await startServer()
    http.removeAllListeners('upgrade')
    http.on('upgrade', (request, socket, head) => {
      if (!centrifuge.handleUpgrade(request, socket, head)) socket.end('HTTP/1.1 418 Teapot\r\n\r\n')
    })
    expect(await refusedStatus(url.replace('/connection/websocket', '/other'))).toBe(418)
    await connectRaw(`${url}?format=json`)
  })

  it('are refused with 403 for a foreign origin', async () => {
    expect(await statusFor('https://evil.example')).toBe(403)
    expect(await statusFor('null')).toBe(403)
    expect(await statusFor('https://app.example.evil.com', ['https://*.example'])).toBe(403)
  })

  it.each([
    ['https://app.example', ['https://APP.example']],
    ['https://a.b.example', ['https://*.example']],
    ['https://any.where', ['*']],
  ])('are allowed for %s by %o', async (origin, allowedOrigins) => {
    const { url } = await startServer({ allowedOrigins })
    await openRaw(url, { origin })
  })

  it('are allowed for the host itself', async () => {
    const { url } = await startServer()
    await openRaw(url, { origin: new URL(url.replace('ws:', 'http:')).origin })
  })

  it('are refused with 503 when the node is full', async () => {
    const { url } = await startServer({ maxConnections: 1 })
    const first = await openRaw(url)
    expect(await refusedStatus(url)).toBe(503)
    first.ws.close()
    await once(first.ws, 'close')
    await openRaw(url)
  })
})

describe('errors for clients', () => {
  it('have codes the protocol can carry', () => {
    expect(() => new ClientError(0, 'x')).toThrow(RangeError)
    expect(() => new Disconnect(1000, 'x')).toThrow(RangeError)
  })
})
