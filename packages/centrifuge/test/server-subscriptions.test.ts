import type { ServerPublicationContext, ServerSubscribedContext, ServerUnsubscribedContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { createMemoryEngine } from '../src/index.ts'
import { connectClient, createClient, nextEvent } from './support/client.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { startServer } from './support/server.ts'

describe('server-side subscriptions', () => {
  it('come with the connect reply', async () => {
    const engine = createMemoryEngine()
    const connect = async () => ({
      user: 'ann',
      channels: ['a'],
      subs: { b: { data: 1 }, c: { override: { force_recovery: false } } },
    })
    const { url, centrifuge } = await startServer({ engine, connect })
    await centrifuge.publish('a', 'before')
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: {} })
    const { position } = await engine.history('a', { limit: 0 })
    const { epoch } = (await engine.history('b', { limit: 0 })).position
    expect(await raw.message()).toMatchObject({
      connect: {
        subs: {
          a: { recoverable: true, positioned: true, ...position },
          b: { recoverable: true, positioned: true, epoch, data: 1 },
          c: {},
        },
      },
    })
  })

  it('deliver to the official client', async () => {
    const { url, centrifuge } = await startServer({
      connect: async () => ({ user: 'ann', channels: ['personal:ann'] }),
    })
    const client = createClient(url)
    const subscribed = nextEvent<ServerSubscribedContext>(client, 'subscribed')
    client.connect()
    expect(await subscribed).toMatchObject({ channel: 'personal:ann', recoverable: true, positioned: true })
    const arrived = nextEvent<ServerPublicationContext>(client, 'publication')
    await centrifuge.publish('personal:ann', { type: 'hello' })
    expect(await arrived).toMatchObject({ channel: 'personal:ann', data: { type: 'hello' }, offset: 1 })
  })

  it('close with 3505 when there are too many', async () => {
    const { url } = await startServer({
      channelsPerClient: 1,
      connect: async () => ({ user: 'ann', channels: ['a', 'b'] }),
    })
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: {} })
    expect(await raw.closed).toEqual({ code: 3505, reason: 'channel limit' })
  })

  it('answer 105 to a client that subscribes to the same', async () => {
    const { url } = await startServer({ connect: async () => ({ user: 'ann', channels: ['a'] }) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'a' } })
    expect(await raw.message()).toMatchObject({ id: 2, error: { code: 105 } })
  })

  it('begin and end as the server wants, on every connection of the user', async () => {
    const { url, centrifuge } = await startServer()
    const clients = [await connectClient(url), await connectClient(url)]
    await connectClient(url, { token: 'bob' })
    const begun = clients.map((client) => nextEvent<ServerSubscribedContext>(client, 'subscribed'))
    await centrifuge.subscribe('ann', 'news', { data: { welcome: true } })
    for (const context of await Promise.all(begun)) {
      expect(context).toMatchObject({ channel: 'news', recoverable: true, data: { welcome: true } })
    }
    expect(centrifuge.counts()).toMatchObject({ channels: 1, subscriptions: 2 })
    const arrived = clients.map((client) => nextEvent<ServerPublicationContext>(client, 'publication'))
    await centrifuge.publish('news', 1)
    await Promise.all(arrived)
    const ended = clients.map((client) => nextEvent<ServerUnsubscribedContext>(client, 'unsubscribed'))
    centrifuge.unsubscribe('ann', 'news')
    expect(await Promise.all(ended)).toMatchObject([{ channel: 'news' }, { channel: 'news' }])
    expect(centrifuge.counts()).toMatchObject({ channels: 0, subscriptions: 0 })
  })

  it('wait for the connect reply', async () => {
    const engine = createMemoryEngine()
    const { promise: opening, resolve: hasOpened } = Promise.withResolvers<undefined>()
    const { promise: finished, resolve: finish } = Promise.withResolvers<undefined>()
    const { url, centrifuge } = await startServer({
      connect: async () => ({ user: 'ann', channels: ['slow', 'revoked'] }),
      engine: {
        ...engine,
        subscribe: async (channel, deliver) => {
          await engine.subscribe(channel, deliver)
          if (channel !== 'slow') return
          hasOpened(undefined)
          await finished
        },
      },
    })
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: {} })
    await opening
    const added = centrifuge.subscribe('ann', 'added')
    centrifuge.unsubscribe('ann', 'revoked')
    finish(undefined)
    await added
    const { connect } = (await raw.message()) as { connect: { subs: object } }
    expect(Object.keys(connect.subs)).toEqual(['slow'])
    expect(await raw.message()).toMatchObject({
      push: { channel: 'added', subscribe: { recoverable: true } },
    })
  })

  it('end client-side subscriptions too, with code 2000', async () => {
    const { url, centrifuge } = await startServer()
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await raw.message()
    centrifuge.unsubscribe('ann', 'room')
    const unsubscribe = { code: 2000, reason: 'server unsubscribe' }
    expect(await raw.message()).toEqual({ push: { channel: 'room', unsubscribe } })
  })
})
