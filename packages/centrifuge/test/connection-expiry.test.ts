import { describe, expect, it } from 'vitest'
import type { Options } from '../src/index.ts'
import { createClient, nextEvent } from './support/client.ts'
import { nextMessage, oftenPinged, outlivePings } from './support/lifeline.ts'
import { connectRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'
import { inSeconds, stopWallClock } from './support/wall-clock.ts'
import { secret, signHmac } from './tokens/support.ts'

/** Verifies tokens itself; the hooks are there only where a test brings them. */
function startVerifying(options: Partial<Options> = {}) {
  return startServer({ connect: undefined, token: { hmac_secret_key: secret }, ...options })
}

const claims = { sub: 'ann', channels: ['news'] }

async function connectFor(seconds: number, options: Partial<Options> = {}) {
  const server = await startVerifying(options)
  const given = await signHmac({ ...claims, exp: inSeconds(seconds) })
  return { ...server, raw: await connectRaw(server.url, { token: given }) }
}

describe('a connection with a token', () => {
  it('goes on with a new token', async () => {
    const pass = stopWallClock()
    const { raw } = await connectFor(30, oftenPinged)
    raw.send({ id: 2, refresh: { token: await signHmac({ ...claims, exp: inSeconds(90) }) } })
    expect(await nextMessage(raw)).toEqual({ id: 2, refresh: { expires: true, ttl: 90 } })
    pass(89)
    await outlivePings(raw)
  })

  it('may change from channels to subs, and be no longer limited in time', async () => {
    const pass = stopWallClock()
    const { raw } = await connectFor(30, oftenPinged)
    raw.send({ id: 2, refresh: { token: await signHmac({ sub: 'ann', subs: { news: { info: 1 } } }) } })
    expect(await nextMessage(raw)).toEqual({ id: 2, refresh: {} })
    pass(1_000_000)
    await outlivePings(raw)
  })

  it('shows others the info of its new token', async () => {
    const { raw, centrifuge } = await connectFor(30, {
      channel: channelsWith({ allow_publish_for_client: true }),
    })
    raw.send({ id: 2, refresh: { token: await signHmac({ ...claims, info: { name: 'Anna' } }) } })
    await raw.message()
    raw.send({ id: 3, publish: { channel: 'news', data: 1 } })
    await raw.message()
    const { publications } = await centrifuge.history('news', { limit: 1 })
    expect(publications).toMatchObject([{ info: { user: 'ann', connInfo: '{"name":"Anna"}' } }])
  })

  it.each([
    ['of another user', { ...claims, sub: 'bob' }, { code: 3500, reason: 'invalid token' }],
    ['without a user', { channels: ['news'] }, { code: 3500, reason: 'invalid token' }],
    ['of no connection', { ...claims, channel: 'news' }, { code: 3500, reason: 'invalid token' }],
    [
      'with other channels',
      { sub: 'ann', channels: ['sports'] },
      { code: 3010, reason: 'insufficient state' },
    ],
    ['with more channels', { ...claims, subs: { b: {} } }, { code: 3010, reason: 'insufficient state' }],
    ['without channels', { sub: 'ann' }, { code: 3010, reason: 'insufficient state' }],
    ['that has expired', { ...claims, exp: 1 }, { code: 3005, reason: 'connection expired' }],
    ['that ends it', { ...claims, expire_at: 1 }, { code: 3005, reason: 'connection expired' }],
  ])('is closed by a token %s', async (_what, next, closing) => {
    const { raw } = await connectFor(30)
    raw.send({ id: 2, refresh: { token: await signHmac({ ...next }) } })
    expect(await raw.closed).toEqual(closing)
  })

  it.each([
    ['', { code: 3501, reason: 'bad request' }],
    ['forged', { code: 3500, reason: 'invalid token' }],
  ])('is closed by the token %j', async (given, closing) => {
    const { raw } = await connectFor(30)
    raw.send({ id: 2, refresh: { token: given } })
    expect(await raw.closed).toEqual(closing)
  })

  it('asks no hook when it is refreshed', async () => {
    const asked: unknown[] = []
    const { raw } = await connectFor(30, { refresh: async (call) => (asked.push(call), null) })
    raw.send({ id: 2, refresh: { token: await signHmac({ ...claims }) } })
    expect(await raw.message()).toMatchObject({ id: 2, refresh: {} })
    expect(asked).toEqual([])
  })

  it('is closed with 3005 when no token has come within the delay', async () => {
    const pass = stopWallClock()
    const { raw } = await connectFor(30, oftenPinged)
    pass(30 + 24)
    await outlivePings(raw)
    pass(1)
    expect(await raw.closed).toEqual({ code: 3005, reason: 'connection expired' })
  })

  it('may still be refreshed within the delay', async () => {
    const pass = stopWallClock()
    const { raw } = await connectFor(30, oftenPinged)
    pass(30 + 24)
    raw.send({ id: 2, refresh: { token: await signHmac({ ...claims, exp: inSeconds(60) }) } })
    expect(await nextMessage(raw)).toMatchObject({ refresh: { ttl: 60 } })
    pass(59)
    await outlivePings(raw)
  })

  it('lasts over several tokens of the official client', async () => {
    const { url } = await startVerifying()
    const { promise: refreshed, resolve: enough } = Promise.withResolvers<undefined>()
    let tokens = 0
    const getToken = async () => {
      if (++tokens === 3) enough(undefined)
      // It lasts for a second and is good for longer, so that a slow machine does not spoil it.
      return signHmac({ ...claims, exp: inSeconds(60), expire_at: inSeconds(2) })
    }
    const client = createClient(url, { getToken })
    const states: string[] = []
    client.on('state', ({ newState }) => void states.push(newState))
    client.connect()
    await refreshed
    expect(states).toEqual(['connecting', 'connected'])
  })

  it('whose channels have changed comes back with the official client', async () => {
    const { url } = await startVerifying()
    let channels = ['news']
    const getToken = () => signHmac({ sub: 'ann', channels, exp: inSeconds(60), expire_at: inSeconds(2) })
    const client = createClient(url, { getToken })
    client.connect()
    await client.ready()
    channels = ['news', 'sports']
    const connecting = nextEvent(client, 'connecting')
    const added = new Promise<void>((resolve) => {
      client.on('subscribed', ({ channel }) => channel === 'sports' && resolve())
    })
    expect(await connecting).toEqual({ code: 3010, reason: 'insufficient state' })
    await added
  })
})
