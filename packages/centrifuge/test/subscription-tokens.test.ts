import type { DisconnectedContext, SubscribedContext, UnsubscribedContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import type { Options } from '../src/index.ts'
import { connectClient, nextEvent } from './support/client.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'
import { inSeconds, stopWallClock } from './support/wall-clock.ts'
import { newKey, secret, signHmac } from './tokens/support.ts'

/** Who connects is for the hook to say; subscription tokens are verified. */
function startVerifying(options: Partial<Options> = {}) {
  return startServer({ subscribe: undefined, subscriptionToken: { hmac_secret_key: secret }, ...options })
}

/** What subscribing to `room` with a token is answered with, or how it closes. */
async function subscribeWith(url: string, claims: object | string, user = 'ann'): Promise<unknown> {
  const raw = await connectRaw(url, { token: user })
  const token = typeof claims === 'string' ? claims : await signHmac({ ...claims })
  raw.send({ id: 2, subscribe: { channel: 'room', token } })
  return Promise.race([raw.message(), raw.closed])
}

const own = { sub: 'ann', channel: 'room' }

describe('a subscription token', () => {
  it('lets in whom nothing else would, for as long as it says', async () => {
    stopWallClock()
    const { url } = await startVerifying({ channel: {} })
    expect(await subscribeWith(url, own)).toEqual({ id: 2, subscribe: {} })
    expect(await subscribeWith(url, { ...own, exp: inSeconds(60) })).toEqual({
      id: 2,
      subscribe: { expires: true, ttl: 60 },
    })
    const longer = { ...own, exp: inSeconds(5), expire_at: inSeconds(60) }
    expect(await subscribeWith(url, longer)).toMatchObject({ subscribe: { expires: true, ttl: 60 } })
    expect(await subscribeWith(url, { ...own, exp: inSeconds(5), expire_at: 0 })).toEqual({
      id: 2,
      subscribe: {},
    })
  })

  it('carries data, info and options of the subscription', async () => {
    const { url, centrifuge } = await startVerifying({ channel: channelsWith({ presence: true }) })
    const override = { force_recovery: { value: false } }
    const claims = { ...own, data: { members: 2 }, info: { role: 'host' }, override }
    expect(await subscribeWith(url, claims)).toEqual({ id: 2, subscribe: { data: { members: 2 } } })
    expect(await centrifuge.presence('room')).toMatchObject([{ user: 'ann', chanInfo: '{"role":"host"}' }])
  })

  it.each(['$room', '$personal:1', 'room#bob', '$room#bob'])('lets in to %s', async (channel) => {
    const asked: unknown[] = []
    const { url } = await startVerifying({ subscribe: async (call) => (asked.push(call), null) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel, token: await signHmac({ ...own, channel }) } })
    expect(await raw.message()).toMatchObject({ id: 2, subscribe: {} })
    expect(asked).toEqual([])
  })

  it('does not let in to namespaces that are not there', async () => {
    const { url } = await startVerifying()
    const raw = await connectRaw(url)
    const channel = 'nowhere:1'
    raw.send({ id: 2, subscribe: { channel, token: await signHmac({ ...own, channel }) } })
    expect(await raw.message()).toMatchObject({ id: 2, error: { code: 102 } })
  })

  it('may be for one connection only', async () => {
    const { url } = await startVerifying()
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: { token: 'ann' } })
    const { connect } = (await raw.message()) as { connect: { client: string } }
    raw.send({
      id: 2,
      subscribe: { channel: 'room', token: await signHmac({ ...own, client: connect.client }) },
    })
    expect(await raw.message()).toMatchObject({ id: 2, subscribe: {} })
  })

  it('may be for nobody, who is not everybody', async () => {
    const { url } = await startVerifying()
    expect(await subscribeWith(url, { channel: 'room' }, '')).toMatchObject({ subscribe: {} })
    expect(await subscribeWith(url, { channel: 'room' }, 'ann')).toMatchObject({ code: 3500 })
  })

  it('is verified with keys of its own, or else with those of connections', async () => {
    const { pem, sign } = await newKey('RS256')
    const token = { hmac_secret_key: secret }
    const both = await startVerifying({ token, subscriptionToken: { rsa_public_key: pem } })
    const shared = await startVerifying({ token, subscriptionToken: undefined })
    const connection = await signHmac({ sub: 'ann' })
    const byBoth = await subscribeWith(both.url, await sign(own), connection)
    expect(byBoth).toMatchObject({ subscribe: {} })
    expect(await subscribeWith(both.url, own, connection)).toMatchObject({ error: { code: 103 } })
    expect(await subscribeWith(shared.url, own, connection)).toMatchObject({ subscribe: {} })
  })

  it.each([
    ['that is malformed', async () => 'a.b.c'],
    ['with a forged signature', async () => `${await signHmac(own)}x`],
    ['without a channel', () => signHmac({ sub: 'ann' })],
  ])('%s is 103, and the official client gives up the subscription', async (_fault, make) => {
    const { url } = await startVerifying()
    const client = await connectClient(url)
    const subscription = client.newSubscription('room', { getToken: make })
    const ended = nextEvent<UnsubscribedContext>(subscription, 'unsubscribed')
    subscription.subscribe()
    expect(await ended).toMatchObject({ code: 103, reason: 'permission denied' })
    expect(client.state).toBe('connected')
  })

  it.each([
    ['another channel', { ...own, channel: 'rooms' }],
    ['another user', { ...own, sub: 'bob' }],
    ['another connection', { ...own, client: 'elsewhere' }],
  ])('for %s closes with 3500, and the official client gives up', async (_what, claims) => {
    const { url } = await startVerifying()
    const client = await connectClient(url)
    const gone = nextEvent<DisconnectedContext>(client, 'disconnected')
    client.newSubscription('room', { token: await signHmac(claims) }).subscribe()
    expect(await gone).toEqual({ code: 3500, reason: 'invalid token' })
  })

  it('leaves what the hook let in for the hook to refresh', async () => {
    stopWallClock()
    const { url } = await startVerifying({
      subscribe: async () => ({ expireAt: inSeconds(30), refresh: 'client' }),
      subRefresh: async ({ token }) => (token === 'next' ? { expireAt: inSeconds(60) } : null),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    expect(await raw.message()).toMatchObject({ subscribe: { expires: true, ttl: 30 } })
    raw.send({ id: 3, sub_refresh: { channel: 'room', token: 'next' } })
    expect(await raw.message()).toEqual({ id: 3, sub_refresh: { expires: true, ttl: 60 } })
  })

  it('that has expired is 109, and the official client comes with another one', async () => {
    const { url } = await startVerifying()
    const token = await signHmac({ ...own, exp: inSeconds(-1) })
    expect(await subscribeWith(url, token)).toEqual({ id: 2, error: { code: 109, message: 'token expired' } })
    const client = await connectClient(url)
    const getToken = () => signHmac({ ...own, data: 'second' })
    const subscription = client.newSubscription('room', { token, getToken, minResubscribeDelay: 10 })
    const failed = nextEvent(subscription, 'error')
    const subscribed = nextEvent<SubscribedContext>(subscription, 'subscribed')
    subscription.subscribe()
    expect(await failed).toMatchObject({ error: { code: 109 } })
    expect(await subscribed).toMatchObject({ data: 'second' })
  })

  it('that has expired ends the subscription of who cannot get another one', async () => {
    const { url } = await startVerifying()
    const client = await connectClient(url)
    const token = await signHmac({ ...own, exp: inSeconds(-1) })
    const subscription = client.newSubscription('room', { token })
    const ended = nextEvent<UnsubscribedContext>(subscription, 'unsubscribed')
    subscription.subscribe()
    expect(await ended).toMatchObject({ reason: 'unauthorized' })
    expect(client.state).toBe('connected')
  })

  it.each([
    { ...own, nbf: inSeconds(60) },
    { ...own, exp: inSeconds(60), expire_at: inSeconds(-1) },
  ])('with %j does not hold now, and may be replaced (109)', async (claims) => {
    const { url } = await startVerifying()
    expect(await subscribeWith(url, claims)).toMatchObject({ error: { code: 109 } })
  })
})
