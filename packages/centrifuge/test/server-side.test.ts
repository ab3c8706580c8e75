import type {
  ServerPublicationContext,
  ServerSubscribedContext,
  ServerUnsubscribedContext,
  UnsubscribedContext,
} from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { connectClient, createClient, nextEvent } from './support/client.ts'
import { connectRaw, connectStream } from './support/raw.ts'
import { createRecord, recordEvents } from './support/record.ts'
import { channelsWith, startServer, type TestServer } from './support/server.ts'
import { subscribeClient } from './support/subscribe.ts'

function clientsOf({ centrifuge }: TestServer): string[] {
  return centrifuge.connections().map(({ client }) => client)
}

describe('subscribing by the server', () => {
  it('reaches one connection of a user, by its client id', async () => {
    const server = await startServer()
    const clients = [await connectClient(server.url), await connectClient(server.url)]
    const [, second] = clientsOf(server)
    const subscribed = clients.map((client) => recordEvents<ServerSubscribedContext>(client, 'subscribed'))
    await server.centrifuge.subscribe('ann', 'news', { client: second })
    await server.centrifuge.subscribe('ann', 'all')
    await Promise.all([subscribed[0]?.first(1), subscribed[1]?.first(2)])
    expect(subscribed.map(({ all }) => all.map(({ channel }) => channel))).toEqual([['all'], ['news', 'all']])
  })

  it('reaches one connection by its secret, and nobody of another user by either', async () => {
    const server = await startServer()
    const stream = await connectStream(server.base)
    await connectRaw(server.url)
    const { centrifuge } = server
    await centrifuge.subscribe('ann', 'news', { session: stream.session })
    expect(await stream.message()).toMatchObject({ push: { channel: 'news', subscribe: {} } })
    expect(centrifuge.counts().subscriptions).toBe(1)
    await centrifuge.subscribe('bob', 'other', { session: stream.session })
    await centrifuge.subscribe('bob', 'other', { client: stream.client })
    await centrifuge.subscribe('ann', 'other', { session: 'made up' })
    expect(centrifuge.counts().subscriptions).toBe(1)
  })

  it('recovers what was published since a position', async () => {
    const { url, centrifuge } = await startServer()
    const since = await centrifuge.publish('news', 1)
    await centrifuge.publish('news', 2)
    const client = await connectClient(url)
    const publications = recordEvents<ServerPublicationContext>(client, 'publication')
    const subscribed = nextEvent<ServerSubscribedContext>(client, 'subscribed')
    await centrifuge.subscribe('ann', 'news', { recoverSince: since })
    expect(await subscribed).toMatchObject({ channel: 'news', recoverable: true })
    await centrifuge.publish('news', 3)
    expect((await publications.first(2)).map(({ data }) => data as number)).toEqual([2, 3])
  })

  it('hands over data, shows the info, and obeys the override', async () => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith({ presence: true, allow_publish_for_client: true }),
    })
    const client = await connectClient(url)
    const subscribed = nextEvent<ServerSubscribedContext>(client, 'subscribed')
    const published = nextEvent<ServerPublicationContext>(client, 'publication')
    const override = { force_recovery: false }
    await centrifuge.subscribe('ann', 'news', { data: { hi: 1 }, info: { role: 'reader' }, override })
    expect(await subscribed).toMatchObject({ recoverable: false, positioned: false, data: { hi: 1 } })
    expect(await centrifuge.presence('news')).toMatchObject([{ user: 'ann', chanInfo: '{"role":"reader"}' }])
    await client.publish('news', 'x')
    expect(await published).toMatchObject({ info: { user: 'ann', chanInfo: { role: 'reader' } } })
  })

  it('closes the connection with 3006 when it expires and nobody refreshes it', async () => {
    const { url, centrifuge } = await startServer({ staleTimeout: 80 })
    const raw = await connectRaw(url)
    await centrifuge.subscribe('ann', 'news', { expireAt: Date.now() / 1000 + 0.05 })
    expect(await raw.closed).toEqual({ code: 3006, reason: 'subscription expired' })
  })

  it('asks who is subscribed to it whether it may go on', async () => {
    const asked = createRecord<unknown>()
    const { url, centrifuge } = await startServer({
      staleTimeout: 80,
      subRefresh: async ({ user, channel }) => {
        asked.add({ user, channel })
        return { expireAt: Date.now() / 1000 + 0.05 }
      },
    })
    const client = await connectClient(url)
    await centrifuge.subscribe('ann', 'news', { expireAt: Date.now() / 1000 + 0.05 })
    expect(await asked.first(3)).toEqual(Array.from({ length: 3 }, () => ({ user: 'ann', channel: 'news' })))
    expect(client.state).toBe('connected')
  })

  it('changes nothing for who is subscribed already', async () => {
    const { url, centrifuge } = await startServer()
    const client = await connectClient(url)
    const { publications } = await subscribeClient(client, 'news')
    const told = recordEvents(client, 'subscribed')
    await centrifuge.subscribe('ann', 'news')
    await centrifuge.publish('news', 1)
    await publications.first(1)
    expect(told.all).toEqual([])
    expect(centrifuge.counts().subscriptions).toBe(1)
  })

  it('does nothing for who is not there', async () => {
    const { centrifuge } = await startServer()
    await centrifuge.subscribe('nobody', 'news')
    expect(centrifuge.counts()).toEqual({ connections: 0, users: 0, channels: 0, subscriptions: 0 })
  })
})

describe('unsubscribing by the server', () => {
  it('ends one connection’s subscription with 2000, whoever began it', async () => {
    const server = await startServer()
    const { centrifuge, url } = server
    const clients = [await connectClient(url), await connectClient(url)]
    const [first, second] = clientsOf(server)
    const { subscription } = await subscribeClient(clients[0] ?? createClient(url), 'mine')
    const ended = nextEvent<UnsubscribedContext>(subscription, 'unsubscribed')
    await centrifuge.subscribe('ann', 'news')
    const lost = clients.map((client) => recordEvents<ServerUnsubscribedContext>(client, 'unsubscribed'))
    centrifuge.unsubscribe('ann', 'news', { client: second })
    expect(await lost[1]?.first(1)).toEqual([{ channel: 'news' }])
    centrifuge.unsubscribe('ann', 'mine', { client: first })
    expect(await ended).toMatchObject({ code: 2000, reason: 'server unsubscribe' })
    expect(lost[0]?.all).toEqual([])
    expect([...centrifuge.channels()]).toEqual([['news', 1]])
    centrifuge.unsubscribe('ann', 'not subscribed')
    centrifuge.unsubscribe('nobody', 'news')
  })

  it('refuses a subscription about which the application is being asked', async () => {
    const asked = createRecord<() => void>()
    const { url, centrifuge } = await startServer({
      subscribe: () => new Promise((resolve) => asked.add(() => resolve({}))),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    const [answer] = await asked.first(1)
    centrifuge.unsubscribe('ann', 'room')
    answer?.()
    expect(await raw.message()).toMatchObject({ id: 2, error: { code: 103 } })
    expect(centrifuge.counts()).toMatchObject({ subscriptions: 0, channels: 0 })
    raw.send({ id: 3, subscribe: { channel: 'room' } })
    const [, again] = await asked.first(2)
    centrifuge.unsubscribe('ann', 'elsewhere')
    again?.()
    expect(await raw.message()).toMatchObject({ id: 3, subscribe: {} })
  })
})

describe('disconnecting by the server', () => {
  it('takes users, clients, secrets and conditions, and spares those excepted', async () => {
    const server = await startServer({ connect: async ({ token, data }) => ({ user: token, meta: data }) })
    const { centrifuge, url, base } = server
    for (const data of [1, 2, 3, 4]) await connectRaw(url, { token: 'ann', data })
    const stream = await connectStream(base)
    const [first = '', second = ''] = clientsOf(server)
    const metas = () => centrifuge.connections().map(({ meta }) => meta)
    expect(centrifuge.disconnect({ user: 'ann', session: stream.session })).toBe(1)
    expect(await stream.message()).toEqual({
      push: { disconnect: { code: 3503, reason: 'force disconnect' } },
    })
    expect(centrifuge.disconnect({ user: 'bob', client: first })).toBe(0)
    expect(centrifuge.disconnect({ client: first })).toBe(1)
    expect(metas()).toEqual([2, 3, 4])
    expect(centrifuge.disconnect({ where: ({ meta }) => meta === 4 })).toBe(1)
    expect(centrifuge.disconnect({ user: 'ann', except: [second] })).toBe(1)
    expect(metas()).toEqual([2])
  })

  it('lets the official client come back, or not, by the code', async () => {
    const { url, centrifuge } = await startServer()
    const client = await connectClient(url)
    const connecting = nextEvent(client, 'connecting')
    const back = nextEvent(client, 'connected')
    centrifuge.disconnect({ user: 'ann' }, { code: 3011, reason: 'force reconnect' })
    expect(await connecting).toEqual({ code: 3011, reason: 'force reconnect' })
    await back
    const gone = nextEvent(client, 'disconnected')
    centrifuge.disconnect({ user: 'ann' }, { code: 4500, reason: 'banned' })
    expect(await gone).toEqual({ code: 4500, reason: 'banned' })
  })
})

describe('refreshing by the server', () => {
  const soon = () => Date.now() / 1000 + 0.1

  it('ends connections with 3005, now or when the time has come', async () => {
    const server = await startServer({ staleTimeout: 80 })
    const raws = [await connectRaw(server.url), await connectRaw(server.url), await connectRaw(server.url)]
    const [first, second] = clientsOf(server)
    server.centrifuge.refresh('ann', { client: first, expired: true })
    server.centrifuge.refresh('ann', { client: second, expireAt: soon() })
    server.centrifuge.refresh('bob', { expired: true })
    for (const raw of raws.slice(0, 2))
      expect(await raw.closed).toEqual({ code: 3005, reason: 'connection expired' })
    expect(server.centrifuge.connections()).toHaveLength(1)
  })

  it('keeps a connection that would have expired', async () => {
    const { url, centrifuge } = await startServer({
      staleTimeout: 80,
      connect: async ({ token }) => ({ user: token, expireAt: soon() }),
    })
    const kept = await connectRaw(url)
    const other = await connectRaw(url, { token: 'bob' })
    centrifuge.refresh('ann', {})
    await other.closed
    kept.send({ id: 2, subscribe: { channel: 'room' } })
    expect(await kept.message()).toMatchObject({ id: 2, subscribe: {} })
  })

  it('changes what others are shown', async () => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith({ allow_publish_for_client: true }),
    })
    const client = await connectClient(url)
    const { publications, subscription } = await subscribeClient(client, 'room')
    centrifuge.refresh('ann', { info: { status: 'away' } })
    await subscription.publish(1)
    expect(await publications.first(1)).toMatchObject([
      { info: { user: 'ann', connInfo: { status: 'away' } } },
    ])
  })
})

describe('subscriptions of the server when the client reconnects', () => {
  it('recover, and say so where they cannot', async () => {
    const { url, centrifuge, drop } = await startServer({
      channel: channelsWith({ history_size: 2 }),
      connect: async () => ({ user: 'ann', channels: ['a', 'b', 'c'] }),
    })
    const client = createClient(url)
    const subscribed = recordEvents<ServerSubscribedContext>(client, 'subscribed')
    const publications = recordEvents<ServerPublicationContext>(client, 'publication')
    client.connect()
    await subscribed.first(3)
    await centrifuge.publish('a', 1)
    await publications.first(1)
    drop()
    for (const data of [2, 3]) await centrifuge.publish('a', data)
    for (const data of [1, 2, 3]) await centrifuge.publish('b', data)
    const back = (await subscribed.first(6)).slice(3)
    expect(Object.fromEntries(back.map(({ channel, recovered }) => [channel, recovered]))).toEqual({
      a: true,
      b: false,
      c: true,
    })
    await publications.first(3)
    expect(publications.all.map(({ channel, data }) => [channel, data as unknown])).toEqual([
      ['a', 1],
      ['a', 2],
      ['a', 3],
    ])
  })

  it('end for the client that is no longer given them', async () => {
    let channels = ['a', 'b']
    const { url, drop } = await startServer({ connect: async () => ({ user: 'ann', channels }) })
    const client = await connectClient(url)
    const ended = nextEvent<ServerUnsubscribedContext>(client, 'unsubscribed')
    channels = ['a']
    drop()
    expect(await ended).toEqual({ channel: 'b' })
  })
})
