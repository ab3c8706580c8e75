import type { DisconnectedContext, PublicationContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import type { Options, RpcCall } from '../src/index.ts'
import { createClient, nextEvent } from './support/client.ts'
import { openRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'
import { inSeconds, stopWallClock } from './support/wall-clock.ts'
import { newKey, secret, signHmac } from './tokens/support.ts'

const token = { hmac_secret_key: secret }

/** Verifies tokens itself; the hooks are there only where a test brings them. */
function startVerifying(options: Partial<Options> = {}) {
  return startServer({ connect: undefined, token, ...options })
}

/** What connecting with a token is answered with, or how it is closed. */
async function connectWith(url: string, claims: object | string): Promise<unknown> {
  const raw = await openRaw(url)
  const given = typeof claims === 'string' ? claims : await signHmac({ ...claims })
  raw.send({ id: 1, connect: { token: given } })
  return Promise.race([raw.message(), raw.closed])
}

describe('a connection token', () => {
  it('says who connects, and for how long', async () => {
    stopWallClock()
    const { url, centrifuge } = await startVerifying()
    expect(await connectWith(url, { sub: 'ann' })).toEqual({
      id: 1,
      connect: { client: expect.any(String) as unknown, ping: 25, pong: true },
    })
    const expiring = { connect: { expires: true, ttl: 60 } }
    expect(await connectWith(url, { sub: 'bob', exp: inSeconds(60) })).toMatchObject(expiring)
    expect(await connectWith(url, { sub: 'bob', exp: inSeconds(5), expire_at: inSeconds(60) })).toMatchObject(
      expiring,
    )
    const forEver = await connectWith(url, { sub: 'bob', exp: inSeconds(60), expire_at: 0 })
    expect(forEver).not.toMatchObject({ connect: { expires: true } })
    expect(centrifuge.connections().map(({ user }) => user)).toEqual(['ann', 'bob', 'bob', 'bob'])
  })

  it('that lasts for ages is renewed after a year at the latest', async () => {
    const { url } = await startVerifying()
    const aYear = 365 * 86_400
    expect(await connectWith(url, { sub: 'ann', exp: inSeconds(10 * aYear) })).toMatchObject({
      connect: { expires: true, ttl: aYear },
    })
  })

  it('may be signed by a public key', async () => {
    const { pem, sign } = await newKey('ES256')
    const { url } = await startVerifying({ token: { ecdsa_public_key: pem } })
    expect(await connectWith(url, await sign({ sub: 'ann' }))).toMatchObject({ connect: {} })
    expect(await connectWith(url, { sub: 'ann' })).toMatchObject({ code: 3500 })
  })

  it.each([
    ['is malformed', async () => 'a.b.c'],
    ['is the name of somebody', async () => 'ann'],
    ['has a forged signature', async () => `${await signHmac({ sub: 'ann' })}x`],
    ['has a channel', () => signHmac({ sub: 'ann', channel: 'room' })],
    ['has an empty channel', () => signHmac({ sub: 'ann', channel: '' })],
    ['names the user by a number', () => signHmac({ sub: 42 as unknown as string })],
  ])('that %s closes with 3500, after which the official client gives up', async (_fault, make) => {
    const { url } = await startVerifying()
    const client = createClient(url, { token: await make(), getToken: () => signHmac({ sub: 'ann' }) })
    const gone = nextEvent<DisconnectedContext>(client, 'disconnected')
    client.connect()
    expect(await gone).toEqual({ code: 3500, reason: 'invalid token' })
  })

  it('that has expired is 109, and the official client comes back with another one', async () => {
    const { url, centrifuge } = await startVerifying()
    const expired = await signHmac({ sub: 'ann', exp: inSeconds(-1) })
    expect(await connectWith(url, expired)).toEqual({
      id: 1,
      error: { code: 109, message: 'token expired' },
    })
    const client = createClient(url, { token: expired, getToken: () => signHmac({ sub: 'ann' }) })
    client.connect()
    await client.ready()
    expect(centrifuge.connections()).toMatchObject([{ user: 'ann' }])
  })

  it('that has expired ends the official client that cannot get another one', async () => {
    const { url } = await startVerifying()
    const client = createClient(url, { token: await signHmac({ sub: 'ann', exp: inSeconds(-1) }) })
    const gone = nextEvent<DisconnectedContext>(client, 'disconnected')
    client.connect()
    expect(await gone).toMatchObject({ reason: 'unauthorized' })
  })

  it.each([
    { sub: 'ann', nbf: inSeconds(60) },
    { sub: 'ann', expire_at: inSeconds(-1) },
  ])('with %j does not hold now, and may be replaced (109)', async (claims) => {
    const { url } = await startVerifying()
    expect(await connectWith(url, claims)).toMatchObject({ error: { code: 109 } })
  })

  it('without a user closes with 3507 unless anybody may connect', async () => {
    const strict = await startVerifying()
    const closing = { code: 3507, reason: 'permission denied' }
    expect(await connectWith(strict.url, {})).toEqual(closing)
    expect(await connectWith(strict.url, { sub: '' })).toEqual(closing)
    const open = await startVerifying({ allowAnonymous: true })
    expect(await connectWith(open.url, { info: { name: 'Guest' } })).toMatchObject({ connect: {} })
    expect(open.centrifuge.connections()).toMatchObject([{ user: '' }])
  })

  it('goes before the connect hook, which is asked where there is none', async () => {
    const connect = async () => ({ user: 'hooked' })
    const { url, centrifuge } = await startVerifying({ connect })
    await connectWith(url, { sub: 'ann' })
    await connectWith(url, '')
    expect(centrifuge.connections().map(({ user }) => user)).toEqual(['ann', 'hooked'])
  })

  it('counts as one connection of its user', async () => {
    const { url } = await startVerifying({ maxConnectionsPerUser: 1 })
    expect(await connectWith(url, { sub: 'ann' })).toMatchObject({ connect: {} })
    expect(await connectWith(url, { sub: 'ann' })).toMatchObject({ code: 3504 })
    expect(await connectWith(url, { sub: 'bob' })).toMatchObject({ connect: {} })
  })

  it('carries meta for the hooks, which clients never see', async () => {
    const calls: RpcCall[] = []
    const rpc = async (call: RpcCall) => void calls.push(call)
    const { url } = await startVerifying({ rpc })
    const given = await signHmac({ sub: 'ann', meta: { tenant: 7 } })
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: { token: given } }, { id: 2, rpc: {} })
    expect(JSON.stringify(await raw.message())).not.toContain('tenant')
    await raw.message()
    expect(calls).toMatchObject([{ user: 'ann', meta: { tenant: 7 } }])
  })
})

describe('the channels of a connection token', () => {
  it('are subscribed, with what the token says about each', async () => {
    const { url } = await startVerifying()
    const subs = {
      b: { data: { members: 2 } },
      c: { override: { force_recovery: { value: false } } },
    }
    const epoch: unknown = expect.any(String)
    const recoverable = { recoverable: true, positioned: true, epoch }
    expect(await connectWith(url, { sub: 'ann', channels: ['a'] })).toMatchObject({
      connect: { subs: { a: recoverable } },
    })
    const { connect } = (await connectWith(url, { sub: 'ann', subs })) as { connect: { subs: object } }
    expect(connect.subs).toEqual({ b: { ...recoverable, data: { members: 2 } }, c: {} })
  })

  it('give their info to those who look', async () => {
    const channel = { ...channelsWith({ presence: true, allow_publish_for_client: true }) }
    const { url, centrifuge } = await startVerifying({ channel })
    const claims = { sub: 'ann', info: { name: 'Ann' }, subs: { room: { info: { role: 'host' } } } }
    const ann = createClient(url, { token: await signHmac(claims) })
    const arrived = nextEvent<PublicationContext>(ann, 'publication')
    ann.connect()
    await ann.publish('room', 'hello')
    const info = { user: 'ann', connInfo: { name: 'Ann' }, chanInfo: { role: 'host' } }
    expect(await arrived).toMatchObject({ data: 'hello', info })
    const [present] = await centrifuge.presence('room')
    expect(present).toMatchObject({ user: 'ann', connInfo: '{"name":"Ann"}', chanInfo: '{"role":"host"}' })
  })

  it('that cannot be are refused with their error', async () => {
    const { url } = await startVerifying({ channelsPerClient: 2 })
    expect(await connectWith(url, { sub: 'ann', channels: ['nowhere:1'] })).toMatchObject({
      error: { code: 102 },
    })
    expect(await connectWith(url, { sub: 'ann', channels: ['größe'] })).toMatchObject({
      error: { code: 107 },
    })
    expect(await connectWith(url, { sub: 'ann', channels: ['a', 'b', 'c'] })).toMatchObject({ code: 3505 })
  })
})
