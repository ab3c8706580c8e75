import { describe, expect, it } from 'vitest'
import {
  ClientError,
  Disconnect,
  type Options,
  type SubRefreshCall,
  type SubscriptionOptions,
} from '../src/index.ts'
import { createClient, nextEvent } from './support/client.ts'
import { nextMessage, oftenPinged, outlivePings } from './support/lifeline.ts'
import { connectRaw } from './support/raw.ts'
import { startServer } from './support/server.ts'
import { expired, subscribeFor } from './support/subscriber.ts'
import { inSeconds, stopWallClock } from './support/wall-clock.ts'

describe('a subscription that the hook lets expire', () => {
  function expiringIn(seconds: number, others: Partial<Options> = {}): Partial<Options> {
    return { subscribe: async () => ({ expireAt: inSeconds(seconds) }), ...others }
  }

  it('goes on as the next hook says, without a word to the client', async () => {
    const pass = stopWallClock()
    const asked: SubRefreshCall[] = []
    const subRefresh = async (call: SubRefreshCall) => {
      asked.push(call)
      return asked.length === 1 ? { expireAt: inSeconds(60), info: 'renewed' } : {}
    }
    const { raw, answer } = await subscribeFor(expiringIn(30, { subRefresh }))
    expect(answer).not.toHaveProperty('subscribe.expires')
    pass(29)
    await outlivePings(raw)
    expect(asked).toEqual([])
    pass(1)
    await outlivePings(raw)
    expect(asked).toMatchObject([{ user: 'ann', channel: 'room', client: expect.any(String) as unknown }])
    expect(asked[0]).not.toHaveProperty('token')
    pass(59)
    await outlivePings(raw)
    expect(asked).toHaveLength(1)
    pass(1)
    await outlivePings(raw)
    expect(asked).toHaveLength(2)
    pass(1_000_000)
    await outlivePings(raw)
    expect(asked).toHaveLength(2)
  })

  it.each<[string, Options['subRefresh']]>([
    ['refuses', async () => null],
    ['is not there', undefined],
    ['throws an error for the client', () => Promise.reject(new ClientError(403, 'banned'))],
  ])('ends with 2501 when the next hook %s', async (_what, subRefresh) => {
    const pass = stopWallClock()
    const { raw } = await subscribeFor(expiringIn(30, { subRefresh }))
    pass(30)
    expect(await nextMessage(raw)).toEqual(expired)
  })

  it('closes when the next hook says so', async () => {
    const pass = stopWallClock()
    const subRefresh = () => Promise.reject(new Disconnect(4501, 'go away'))
    const { raw } = await subscribeFor(expiringIn(30, { subRefresh }))
    pass(30)
    expect(await raw.closed).toEqual({ code: 4501, reason: 'go away' })
  })

  it('goes on when the next hook fails, which is asked again later', async () => {
    const pass = stopWallClock()
    const faults: unknown[] = []
    const subRefresh = () => (faults.length < 2 ? Promise.reject(new Error('away')) : Promise.resolve(null))
    const onError = (error: unknown) => void faults.push(error)
    const { raw } = await subscribeFor(expiringIn(30, { subRefresh, onError, refreshRetryDelay: 10_000 }))
    pass(30)
    await outlivePings(raw)
    expect(faults).toHaveLength(1)
    pass(9)
    await outlivePings(raw)
    expect(faults).toHaveLength(1)
    pass(1)
    await outlivePings(raw)
    expect(faults).toHaveLength(2)
    pass(10)
    expect(await nextMessage(raw)).toEqual(expired)
  })

  it('is forgotten when the client has unsubscribed', async () => {
    const pass = stopWallClock()
    const asked: unknown[] = []
    const subRefresh = async (call: unknown) => (asked.push(call), null)
    const { raw } = await subscribeFor(expiringIn(30, { subRefresh }))
    raw.send({ id: 3, unsubscribe: { channel: 'room' } })
    await nextMessage(raw)
    pass(30)
    await outlivePings(raw)
    expect(asked).toEqual([])
  })

  it('is not for the client to refresh', async () => {
    const { raw } = await subscribeFor(expiringIn(30, { subRefresh: async () => ({}) }))
    raw.send({ id: 3, sub_refresh: { channel: 'room', token: 't' } })
    expect(await raw.closed).toEqual({ code: 3501, reason: 'bad request' })
  })

  it('does not begin when it has expired before', async () => {
    const { answer, centrifuge } = await subscribeFor(expiringIn(-1))
    expect(answer).toEqual({ id: 2, error: { code: 110, message: 'expired' } })
    expect(centrifuge.counts()).toMatchObject({ subscriptions: 0 })
  })
})

describe('a subscription that the client refreshes with the hooks', () => {
  const subscribe: Options['subscribe'] = async () => ({ expireAt: inSeconds(30), refresh: 'client' })

  it('hands the new token to the hook', async () => {
    stopWallClock()
    const asked: SubRefreshCall[] = []
    const subRefresh = async (call: SubRefreshCall) => (asked.push(call), { expireAt: inSeconds(60) })
    const { raw, answer } = await subscribeFor({ subscribe, subRefresh })
    expect(answer).toMatchObject({ subscribe: { expires: true, ttl: 30 } })
    raw.send({ id: 3, sub_refresh: { channel: 'room', token: 'next' } })
    expect(await nextMessage(raw)).toEqual({ id: 3, sub_refresh: { expires: true, ttl: 60 } })
    expect(asked).toMatchObject([{ user: 'ann', channel: 'room', token: 'next' }])
  })

  it.each<[string, Options['subRefresh']]>([
    ['refuses', async () => null],
    ['is not there', undefined],
  ])('ends with 2501 when the hook %s', async (_what, subRefresh) => {
    const { raw } = await subscribeFor({ subscribe, subRefresh })
    raw.send({ id: 3, sub_refresh: { channel: 'room', token: 'next' } })
    expect(await nextMessage(raw)).toEqual(expired)
    expect(await nextMessage(raw)).toMatchObject({ id: 3, error: { code: 110 } })
  })

  it.each([
    [new Error('away'), { code: 100, temporary: true }],
    [new ClientError(403, 'banned'), { code: 403, message: 'banned' }],
  ])('is still there when the hook throws %s', async (fault, error) => {
    const { raw, centrifuge } = await subscribeFor({ subscribe, subRefresh: () => Promise.reject(fault) })
    raw.send({ id: 3, sub_refresh: { channel: 'room', token: 'next' } })
    expect(await nextMessage(raw)).toMatchObject({ id: 3, error })
    expect(centrifuge.counts()).toMatchObject({ subscriptions: 1 })
  })

  it('ends with 2501 when no token has come within the delay', async () => {
    const pass = stopWallClock()
    const { raw } = await subscribeFor({ subscribe, expiredSubCloseDelay: 5_000 })
    pass(34)
    await outlivePings(raw)
    pass(1)
    expect(await nextMessage(raw)).toEqual(expired)
  })
})

describe('a server-side subscription that expires', () => {
  const connect: Options['connect'] = async () => ({
    user: 'ann',
    subs: { room: { expireAt: inSeconds(30) } },
  })

  it('closes with 3006, and the official client is back with the next one', async () => {
    const pass = stopWallClock()
    const { url } = await startServer({ ...oftenPinged, connect })
    const client = createClient(url)
    client.connect()
    await client.ready()
    const connecting = nextEvent(client, 'connecting')
    const subscribed = nextEvent(client, 'subscribed')
    pass(30)
    expect(await connecting).toEqual({ code: 3006, reason: 'subscription expired' })
    expect(await subscribed).toMatchObject({ channel: 'room', recovered: true })
  })

  it('goes on as the hook says', async () => {
    const pass = stopWallClock()
    const asked: unknown[] = []
    const subRefresh = async (call: SubRefreshCall) => (asked.push(call.channel), {})
    const { url } = await startServer({ ...oftenPinged, connect, subRefresh })
    const raw = await connectRaw(url)
    pass(30)
    await outlivePings(raw)
    expect(asked).toEqual(['room'])
  })

  it('does so when the server has added it later', async () => {
    const pass = stopWallClock()
    const { url, centrifuge } = await startServer(oftenPinged)
    const raw = await connectRaw(url)
    await centrifuge.subscribe('ann', 'room', { expireAt: inSeconds(30) })
    expect(await nextMessage(raw)).toMatchObject({ push: { channel: 'room', subscribe: {} } })
    pass(30)
    expect(await raw.closed).toEqual({ code: 3006, reason: 'subscription expired' })
  })

  it('is not for the client to refresh', async () => {
    const { url } = await startServer({ connect, subRefresh: async () => ({}) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, sub_refresh: { channel: 'room', token: 't' } })
    expect(await raw.closed).toEqual({ code: 3501, reason: 'bad request' })
  })

  it('does not begin when it has expired before', async () => {
    const past: Record<string, SubscriptionOptions> = { room: { expireAt: inSeconds(-1) } }
    const connectPast: Options['connect'] = async ({ token }) => ({
      user: token,
      subs: token === 'ann' ? past : {},
    })
    const { url, centrifuge } = await startServer({ connect: connectPast })
    const client = createClient(url, { token: 'ann' })
    const gone = nextEvent(client, 'disconnected')
    client.connect()
    expect(await gone).toEqual({ code: 110, reason: 'expired' })
    await connectRaw(url, { token: 'bob' })
    const adding = centrifuge.subscribe('bob', 'room', { expireAt: inSeconds(-1) })
    await expect(adding).rejects.toMatchObject({ code: 110 })
    expect(centrifuge.counts()).toMatchObject({ subscriptions: 0 })
  })
})
