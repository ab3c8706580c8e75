import type { SubscribedContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import type { Options } from '../src/index.ts'
import { connectClient, nextEvent } from './support/client.ts'
import { nextMessage, outlivePings } from './support/lifeline.ts'
import { channelsWith, startServer } from './support/server.ts'
import { expired, subscribeFor } from './support/subscriber.ts'
import { inSeconds, stopWallClock } from './support/wall-clock.ts'
import { secret, signHmac } from './tokens/support.ts'

const own = { sub: 'ann', channel: 'room' }

describe('a subscription with a token', () => {
  const verifying: Partial<Options> = { subscriptionToken: { hmac_secret_key: secret }, subscribe: undefined }

  async function subscribeForSeconds(seconds: number, options: Partial<Options> = {}) {
    return subscribeFor({ ...verifying, ...options }, await signHmac({ ...own, exp: inSeconds(seconds) }))
  }

  it('goes on with a new token', async () => {
    const pass = stopWallClock()
    const { raw, answer } = await subscribeForSeconds(30)
    expect(answer).toMatchObject({ subscribe: { expires: true, ttl: 30 } })
    const token = await signHmac({ ...own, exp: inSeconds(90) })
    raw.send({ id: 3, sub_refresh: { channel: 'room', token } })
    expect(await nextMessage(raw)).toEqual({ id: 3, sub_refresh: { expires: true, ttl: 90 } })
    pass(89)
    await outlivePings(raw)
    raw.send({ id: 4, sub_refresh: { channel: 'room', token: await signHmac(own) } })
    expect(await nextMessage(raw)).toEqual({ id: 4, sub_refresh: {} })
    pass(1_000_000)
    await outlivePings(raw)
  })

  it('shows others the info of its new token', async () => {
    const channel = channelsWith({ allow_publish_for_client: true })
    const { raw, centrifuge } = await subscribeForSeconds(30, { channel })
    raw.send({ id: 3, sub_refresh: { channel: 'room', token: await signHmac({ ...own, info: 'host' }) } })
    await nextMessage(raw)
    raw.send({ id: 4, publish: { channel: 'room', data: 1 } })
    await nextMessage(raw)
    const { publications } = await centrifuge.history('room', { limit: 1 })
    expect(publications).toMatchObject([{ info: { user: 'ann', chanInfo: '"host"' } }])
  })

  it('ends with 2501 when no token has come within the delay', async () => {
    const pass = stopWallClock()
    const { raw, centrifuge } = await subscribeForSeconds(30)
    pass(30 + 24)
    await outlivePings(raw)
    pass(1)
    expect(await nextMessage(raw)).toEqual(expired)
    expect(centrifuge.counts()).toMatchObject({ connections: 1, subscriptions: 0 })
  })

  it('that ended so is resumed by the official client with a new token', async () => {
    const pass = stopWallClock()
    const { url } = await startServer(verifying)
    const client = await connectClient(url)
    const getToken = () => signHmac({ ...own, exp: inSeconds(30) })
    const subscription = client.newSubscription('room', { getToken, minResubscribeDelay: 10 })
    subscription.subscribe()
    await subscription.ready()
    const subscribing = nextEvent(subscription, 'subscribing')
    const subscribed = nextEvent<SubscribedContext>(subscription, 'subscribed')
    pass(30 + 25)
    expect(await subscribing).toMatchObject({ code: 2501, reason: 'expired' })
    expect(await subscribed).toMatchObject({ wasRecovering: true, recovered: true })
  })

  it('lasts over several tokens of the official client', async () => {
    const { url } = await startServer(verifying)
    const client = await connectClient(url)
    const { promise: refreshed, resolve: enough } = Promise.withResolvers<undefined>()
    let tokens = 0
    const getToken = async () => {
      if (++tokens === 3) enough(undefined)
      // It lasts for a second and is good for longer, so that a slow machine does not spoil it.
      return signHmac({ ...own, exp: inSeconds(60), expire_at: inSeconds(2) })
    }
    const subscription = client.newSubscription('room', { getToken })
    const states: string[] = []
    subscription.on('state', ({ newState }) => void states.push(newState))
    subscription.subscribe()
    await refreshed
    expect(states).toEqual(['subscribing', 'subscribed'])
  })

  it.each([{ exp: 1 }, { exp: inSeconds(60), expire_at: 1 }])(
    'ends with 2501 by a token that has expired (%j)',
    async (claims) => {
      const { raw } = await subscribeForSeconds(30)
      const token = await signHmac({ ...own, ...claims })
      raw.send({ id: 3, sub_refresh: { channel: 'room', token } })
      expect(await nextMessage(raw)).toEqual(expired)
      expect(await nextMessage(raw)).toEqual({ id: 3, error: { code: 110, message: 'expired' } })
    },
  )

  it.each([
    ['of another user', { ...own, sub: 'bob' }],
    ['of another channel', { ...own, channel: 'rooms' }],
    ['of another connection', { ...own, client: 'elsewhere' }],
    ['without a channel', { sub: 'ann' }],
  ])('closes with 3500 by a token %s', async (_what, claims) => {
    const { raw } = await subscribeForSeconds(30)
    raw.send({ id: 3, sub_refresh: { channel: 'room', token: await signHmac({ ...claims }) } })
    expect(await raw.closed).toEqual({ code: 3500, reason: 'invalid token' })
  })

  it('is refreshed only if it is there, and with a token', async () => {
    const { raw } = await subscribeForSeconds(30)
    const token = await signHmac(own)
    raw.send({ id: 3, sub_refresh: { channel: 'rooms', token } })
    expect(await nextMessage(raw)).toMatchObject({ id: 3, error: { code: 103 } })
    raw.send({ id: 4, sub_refresh: { channel: 'room', token: '' } })
    expect(await nextMessage(raw)).toMatchObject({ id: 4, error: { code: 107 } })
    raw.send({ id: 5, unsubscribe: { channel: 'room' } }, { id: 6, sub_refresh: { channel: 'room', token } })
    expect(await nextMessage(raw)).toMatchObject({ id: 5 })
    expect(await nextMessage(raw)).toMatchObject({ id: 6, error: { code: 103 } })
    raw.send({ id: 7, sub_refresh: { channel: '', token } })
    expect(await raw.closed).toEqual({ code: 3501, reason: 'bad request' })
  })
})
