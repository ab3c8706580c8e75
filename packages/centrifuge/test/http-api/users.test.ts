import type { DisconnectedContext, ServerSubscribedContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { connectClient, nextEvent } from '../support/client.ts'
import { connectRaw } from '../support/raw.ts'
import { startApi } from './api.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

describe('subscribe', () => {
  it('subscribes all connections of the user and no other', async () => {
    const { url, call, centrifuge } = await startApi()
    const clients = [await connectClient(url), await connectClient(url)]
    await connectClient(url, { token: 'bob' })
    const told = clients.map((client) => nextEvent<ServerSubscribedContext>(client, 'subscribed'))
    expect(await call('subscribe', { user: 'ann', channel: 'room', data: { a: 1 } })).toEqual({})
    for (const context of await Promise.all(told))
      expect(context).toMatchObject({ channel: 'room', data: { a: 1 }, recoverable: true })
    expect(centrifuge.channels()).toEqual(new Map([['room', 2]]))
  })

  it('subscribes one connection, with the options it is given', async () => {
    const { url, call, centrifuge } = await startApi()
    await connectClient(url)
    const [ann] = centrifuge.connections()
    const request = {
      user: 'ann',
      channel: 'bare:room',
      client: ann?.client,
      b64data: base64('[1]'),
      b64info: base64('{"role":"host"}'),
      override: { presence: { value: true }, join_leave: null },
      expire_at: inSeconds(100),
    }
    await connectClient(url)
    await call('subscribe', request)
    expect(centrifuge.channels()).toEqual(new Map([['bare:room', 1]]))
    await call('subscribe', { ...request, channel: 'room', client: 'nobody' })
    await call('subscribe', { ...request, channel: 'room', client: '', session: 'nobody' })
    expect(centrifuge.channels().size).toBe(1)
  })

  it('goes on from a position', async () => {
    const { url, call } = await startApi()
    const first = (await call('publish', { channel: 'room', data: 1 })) as object
    await call('publish', { channel: 'room', data: 2 })
    const client = await connectClient(url)
    const told = nextEvent<ServerSubscribedContext>(client, 'subscribed')
    const missed = nextEvent<{ data: unknown }>(client, 'publication')
    await call('subscribe', { user: 'ann', channel: 'room', recover_since: first })
    expect(await told).toMatchObject({ channel: 'room', streamPosition: first })
    expect((await missed).data).toBe(2)
  })

  it.each([
    [{ channel: 'room' }, 'user must be a text'],
    [{ user: 'ann' }, 'channel must be a text'],
    [{ user: 'ann', channel: 'room', client: 1 }, 'client must be a text'],
    [{ user: 'ann', channel: 'room', b64info: '!' }, 'b64info must be base64'],
    [{ user: 'ann', channel: 'room', expire_at: 'x' }, 'expire_at must be a whole number'],
    [{ user: 'ann', channel: 'room', recover_since: 'x' }, 'recover_since must be an object'],
    [{ user: 'ann', channel: 'room', override: true }, 'override must be an object'],
    [{ user: 'ann', channel: 'room', override: { presence: true } }, 'override.presence must be an object'],
    [
      { user: 'ann', channel: 'room', override: { presence: { value: 1 } } },
      'override.presence.value must be true or false',
    ],
  ])('refuses %j', async (request, complaint) => {
    const { post } = await startApi()
    const error = { code: 107, message: `bad request: ${complaint}` }
    expect((await post('subscribe', request)).body).toEqual({ error })
  })

  it('refuses channels that cannot be', async () => {
    const { post } = await startApi()
    const { body } = await post('subscribe', { user: 'ann', channel: 'none:x' })
    expect(body).toEqual({ error: { code: 102, message: 'unknown channel' } })
  })
})

describe('unsubscribe', () => {
  it('ends subscriptions of the user’s connections', async () => {
    const { url, call, centrifuge } = await startApi()
    const client = await connectClient(url)
    const subscription = client.newSubscription('room')
    subscription.subscribe()
    await subscription.ready()
    await call('unsubscribe', { user: 'ann', channel: 'room', client: 'another' })
    expect(centrifuge.channels().size).toBe(1)
    const ended = nextEvent(subscription, 'unsubscribed')
    expect(await call('unsubscribe', { user: 'ann', channel: 'room' })).toEqual({})
    expect(await ended).toMatchObject({ code: 2000 })
    expect(centrifuge.channels().size).toBe(0)
  })

  it('refuses what names no user or no channel', async () => {
    const { post } = await startApi()
    expect((await post('unsubscribe', { user: 'ann' })).body).toMatchObject({ error: { code: 107 } })
    expect((await post('unsubscribe', { channel: 'room' })).body).toMatchObject({ error: { code: 107 } })
  })
})

describe('disconnect', () => {
  it('closes the user’s connections for good', async () => {
    const { url, call } = await startApi()
    const client = await connectClient(url)
    const gone = nextEvent<DisconnectedContext>(client, 'disconnected')
    expect(await call('disconnect', { user: 'ann' })).toEqual({})
    expect(await gone).toEqual({ code: 3503, reason: 'force disconnect' })
  })

  it('spares the clients on the whitelist, and says the code it is given', async () => {
    const { url, call, centrifuge } = await startApi()
    await connectRaw(url)
    const spared = centrifuge.connections().map(({ client }) => client)
    const other = await connectRaw(url)
    const disconnect = { code: 4000, reason: 'signed out' }
    await call('disconnect', { user: 'ann', whitelist: spared, disconnect })
    expect(await other.closed).toEqual(disconnect)
    expect(centrifuge.connections().map(({ client }) => client)).toEqual(spared)
    await call('disconnect', { user: 'ann', client: 'another' })
    await call('disconnect', { user: 'ann', session: 'another' })
    expect(centrifuge.connections()).toHaveLength(1)
    await call('disconnect', { user: 'ann', client: spared[0] })
    expect(centrifuge.connections()).toHaveLength(0)
  })

  it.each([
    [{}, 'user must be a text'],
    [{ user: 'ann', whitelist: 'x' }, 'whitelist must be a list'],
    [{ user: 'ann', disconnect: { reason: 'x' } }, 'disconnect.code must be a whole number'],
    [
      { user: 'ann', disconnect: { code: 1000, reason: 'x' } },
      'disconnect.code must be within 3000 and 4999',
    ],
    [{ user: 'ann', disconnect: { code: 4000, reason: 1 } }, 'disconnect.reason must be a text'],
  ])('refuses %j', async (request, complaint) => {
    const { post } = await startApi()
    const error = { code: 107, message: `bad request: ${complaint}` }
    expect((await post('disconnect', request)).body).toEqual({ error })
  })
})

describe('refresh', () => {
  it('ends connections that are said to have expired', async () => {
    const { url, call } = await startApi()
    const raw = await connectRaw(url)
    await call('refresh', { user: 'ann', client: 'another', expired: true })
    expect(await call('refresh', { user: 'ann', expired: true })).toEqual({})
    expect(await raw.closed).toEqual({ code: 3005, reason: 'connection expired' })
  })

  it('puts the expiry off, and changes what others see', async () => {
    const { url, call, centrifuge } = await startApi({
      connect: async ({ token }) => ({ user: token, expireAt: inSeconds(2) }),
    })
    await connectRaw(url)
    await call('refresh', { user: 'ann', expire_at: inSeconds(100), info: { name: 'Ann' } })
    await call('subscribe', { user: 'ann', channel: 'room' })
    expect(await call('presence', { channel: 'room' })).toMatchObject({
      presence: { [centrifuge.connections()[0]?.client ?? '']: { conn_info: { name: 'Ann' } } },
    })
  })

  it.each([
    [{}, 'user must be a text'],
    [{ user: 'ann', expired: 1 }, 'expired must be true or false'],
    [{ user: 'ann', expire_at: -1 }, 'expire_at must be a whole number that is not negative'],
  ])('refuses %j', async (request, complaint) => {
    const { post } = await startApi()
    const error = { code: 107, message: `bad request: ${complaint}` }
    expect((await post('refresh', request)).body).toEqual({ error })
  })
})
