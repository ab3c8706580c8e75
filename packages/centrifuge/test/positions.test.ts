import type {
  ServerPublicationContext,
  ServerSubscribedContext,
  SubscribedContext,
  SubscriptionStateContext,
} from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { createMemoryEngine, type Engine, type Publication, type Announcement } from '../src/index.ts'
import { connectClient, createClient, nextEvent } from './support/client.ts'
import { delivering, losing, theFirst } from './support/engines.ts'
import { connectRaw } from './support/raw.ts'
import { createRecord, recordEvents } from './support/record.ts'
import { channelsWith, startServer } from './support/server.ts'
import { dataOf, subscribeClient } from './support/subscribe.ts'

const insufficient = 'insufficient state'

/** Without contiguous offsets only a comparison with the engine shows what is missing. */
function sparse(engine: Engine): Engine {
  return { ...engine, contiguous: false }
}

describe('a publication that the engine loses, noticed by the next', () => {
  const engine = () => losing(createMemoryEngine(), theFirst('2'))

  it('ends the subscription with 2500, and the client comes back and recovers', async () => {
    const { url, centrifuge } = await startServer({ engine: engine() })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room')
    const states = recordEvents<SubscriptionStateContext>(subscription, 'subscribing')
    const back = nextEvent<SubscribedContext>(subscription, 'subscribed')
    for (const data of [1, 2, 3]) await centrifuge.publish('room', data)
    expect(await states.first(1)).toMatchObject([{ code: 2500, reason: insufficient }])
    expect(await back).toMatchObject({ wasRecovering: true, recovered: true })
    await publications.first(3)
    expect(dataOf(publications)).toEqual([1, 2, 3])
  })

  it('closes the connection of a server-side subscription with 3010, and it recovers', async () => {
    const { url, centrifuge } = await startServer({
      engine: engine(),
      connect: async () => ({ user: 'ann', channels: ['room'] }),
    })
    const client = await connectClient(url)
    const publications = recordEvents<ServerPublicationContext>(client, 'publication')
    const gone = nextEvent(client, 'connecting')
    const back = nextEvent<ServerSubscribedContext>(client, 'subscribed')
    for (const data of [1, 2, 3]) await centrifuge.publish('room', data)
    expect(await gone).toEqual({ code: 3010, reason: insufficient })
    expect(await back).toMatchObject({ channel: 'room', wasRecovering: true, recovered: true })
    expect((await publications.first(3)).map(({ data }) => data as number)).toEqual([1, 2, 3])
  })

  it('matters to nobody who is not positioned', async () => {
    const history = { history_size: 10, history_ttl: '60s' }
    const { url, centrifuge } = await startServer({
      engine: engine(),
      channel: { without_namespace: history },
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    expect(await raw.message()).toEqual({ id: 2, subscribe: {} })
    for (const data of [1, 2, 3]) await centrifuge.publish('room', data)
    expect(await raw.message()).toMatchObject({ push: { pub: { data: 1 } } })
    expect(await raw.message()).toMatchObject({ push: { pub: { data: 3 } } })
  })

  it('matters to who is positioned without recovery', async () => {
    const { url, centrifuge } = await startServer({
      engine: engine(),
      channel: channelsWith({ force_recovery: false, force_positioning: true }),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    expect(await raw.message()).toMatchObject({ subscribe: { positioned: true } })
    for (const data of [1, 2, 3]) await centrifuge.publish('room', data)
    expect(await raw.message()).toMatchObject({ push: { pub: { data: 1 } } })
    expect(await raw.message()).toEqual({
      push: { channel: 'room', unsubscribe: { code: 2500, reason: insufficient } },
    })
  })

  it('does not end subscriptions for what is not kept', async () => {
    const { url, centrifuge } = await startServer({ engine: engine() })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room')
    await centrifuge.publish('room', 1)
    await centrifuge.publish('room', 2, { skipHistory: true })
    await centrifuge.publish('room', 3)
    await publications.first(2)
    expect(dataOf(publications)).toEqual([1, 3])
    expect(subscription.state).toBe('subscribed')
  })
})

describe('a publication that the engine loses, noticed by comparing positions', () => {
  const settings = { positionCheckInterval: 50 }

  it.each([
    ['contiguous', () => losing(createMemoryEngine(), theFirst('2'))],
    ['sparse', () => losing(sparse(createMemoryEngine()), theFirst('2'))],
  ])('ends the subscription with 2500 (%s offsets)', async (_name, engine) => {
    const { url, centrifuge } = await startServer({ ...settings, engine: engine() })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room')
    const other = await subscribeClient(await connectClient(url), 'elsewhere')
    const lost = nextEvent<SubscriptionStateContext>(subscription, 'subscribing')
    const back = nextEvent<SubscribedContext>(subscription, 'subscribed')
    for (const data of [1, 2]) await centrifuge.publish('room', data)
    await centrifuge.publish('elsewhere', 1)
    expect(await lost).toMatchObject({ code: 2500, reason: insufficient })
    expect(await back).toMatchObject({ recovered: true })
    await publications.first(2)
    expect(dataOf(publications)).toEqual([1, 2])
    expect(other.subscription.state).toBe('subscribed')
  })

  it('closes the connection of a server-side subscription with 3010', async () => {
    const { url, centrifuge } = await startServer({
      ...settings,
      engine: losing(sparse(createMemoryEngine()), theFirst('1')),
      connect: async () => ({ user: 'ann', channels: ['room'] }),
    })
    const client = createClient(url)
    const publications = recordEvents<ServerPublicationContext>(client, 'publication')
    client.connect()
    await client.ready()
    const gone = nextEvent(client, 'connecting')
    await centrifuge.publish('room', 1)
    expect(await gone).toEqual({ code: 3010, reason: insufficient })
    expect(await publications.first(1)).toMatchObject([{ data: 1, offset: 1 }])
  })

  it('ends those who have missed it, and nobody who has all', async () => {
    const { url, centrifuge } = await startServer({
      ...settings,
      engine: losing(sparse(createMemoryEngine()), theFirst('2')),
    })
    const behind = await connectRaw(url)
    behind.send({ id: 2, subscribe: { channel: 'room' } })
    await behind.message()
    await centrifuge.publish('room', 1)
    await centrifuge.publish('room', 2)
    await behind.message()
    const current = await subscribeClient(await connectClient(url, { token: 'bob' }), 'room')
    const resubscribing = recordEvents(current.subscription, 'subscribing')
    // Then the engine shows no longer what the one is missing.
    await centrifuge.removeHistory('room')
    expect(await behind.message()).toMatchObject({ push: { unsubscribe: { code: 2500 } } })
    await centrifuge.publish('room', 3)
    await current.publications.first(1)
    expect(resubscribing.all).toEqual([])
  })
})

describe('an engine that delivers late', () => {
  it('costs nobody the subscription', async () => {
    const memory = createMemoryEngine()
    const held: (() => void)[] = []
    const checks = createRecord<number>()
    const late = delivering(sparse(memory), (message, deliver) => held.push(() => deliver(message)))
    const { url, centrifuge } = await startServer({
      positionCheckInterval: 40,
      engine: {
        ...late,
        history: (channel, query) => {
          if (query.limit === 1) checks.add(performance.now())
          return memory.history(channel, query)
        },
      },
    })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room')
    const resubscribing = recordEvents(subscription, 'subscribing')
    for (let data = 1; data <= 4; data++) {
      await centrifuge.publish('room', data)
      const { length } = checks.all
      await checks.first(length + 2)
      held.shift()?.()
      await publications.first(data)
    }
    const last = performance.now()
    await checks.until((all) => (all.at(-1) ?? 0) > last + 1200)
    expect(resubscribing.all).toEqual([])
    expect(dataOf(publications)).toEqual([1, 2, 3, 4])
  })
})

describe('an engine that begins anew', () => {
  /** The second engine takes over, with another epoch and offsets from 1. */
  function replaceable() {
    const engines = [createMemoryEngine(), createMemoryEngine()] as const
    let current: Engine = engines[0]
    const subscribe = async (channel: string, deliver: (message: Publication | Announcement) => void) => {
      for (const engine of engines) await engine.subscribe(channel, deliver)
    }
    const engine: Engine = {
      contiguous: true,
      subscribe,
      unsubscribe: (channel) => engines.forEach((one) => void one.unsubscribe(channel)),
      publish: (channel, publication, options) => current.publish(channel, publication, options),
      history: (channel, query) => current.history(channel, query),
    }
    return { engine, replace: () => (current = engines[1]) }
  }

  it('is noticed by its epoch, and clients are told that they have not got everything', async () => {
    const { engine, replace } = replaceable()
    const { url, centrifuge } = await startServer({ engine, positionCheckInterval: 40 })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room')
    for (const data of [1, 2, 3]) await centrifuge.publish('room', data)
    await publications.first(3)
    const lost = nextEvent<SubscriptionStateContext>(subscription, 'subscribing')
    const back = nextEvent<SubscribedContext>(subscription, 'subscribed')
    replace()
    expect(await lost).toMatchObject({ code: 2500 })
    expect(await back).toMatchObject({ wasRecovering: true, recovered: false })
    await centrifuge.publish('room', 4)
    expect((await publications.first(4))[3]).toMatchObject({ data: 4, offset: 1 })
  })

  it('is heard again also where somebody stays who is not positioned', async () => {
    const { engine, replace } = replaceable()
    const { url, centrifuge } = await startServer({
      engine,
      positionCheckInterval: 40,
      subscribe: async ({ user }) => ({ override: { force_recovery: user === 'ann' } }),
    })
    const positioned = await subscribeClient(await connectClient(url), 'room')
    const loose = await subscribeClient(await connectClient(url, { token: 'bob' }), 'room')
    for (const data of [1, 2, 3]) await centrifuge.publish('room', data)
    await positioned.publications.first(3)
    const back = nextEvent<SubscribedContext>(positioned.subscription, 'subscribed')
    replace()
    await back
    await centrifuge.publish('room', 4)
    await positioned.publications.first(4)
    await loose.publications.first(4)
    expect(dataOf(loose.publications)).toEqual([1, 2, 3, 4])
  })
})
