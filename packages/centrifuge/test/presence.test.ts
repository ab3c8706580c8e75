import type { Subscription } from 'centrifuge'
import { setImmediate as immediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryEngine, createMemoryPresence, type Engine } from '../src/index.ts'
import { connectClient } from './support/client.ts'
import { watchedPresence } from './support/presence.ts'
import { connectRaw } from './support/raw.ts'
import { createRecord } from './support/record.ts'
import { channelsWith, startServer } from './support/server.ts'
import { subscribeClient } from './support/subscribe.ts'

const channel = channelsWith({
  presence: true,
  allow_presence_for_client: true,
  allow_presence_for_anonymous: true,
})

describe('presence', () => {
  it('says who is there, and what is known of them', async () => {
    const { url } = await startServer({
      channel,
      connect: async ({ token }) => ({ user: token, info: { name: token } }),
      subscribe: async ({ data }) => ({ info: data }),
    })
    const ann = await connectRaw(url)
    const bob = await connectClient(url, { token: 'bob' })
    ann.send({ id: 2, subscribe: { channel: 'room' } })
    await ann.message()
    const { subscription } = await subscribeClient(bob, 'room', { data: { role: 'guest' } })
    const { clients } = await subscription.presence()
    expect(
      Object.values(clients).toSorted((left, right) => left.user.localeCompare(right.user)),
    ).toMatchObject([
      { user: 'ann', connInfo: { name: 'ann' } },
      { user: 'bob', connInfo: { name: 'bob' }, chanInfo: { role: 'guest' } },
    ])
    for (const [id, { client }] of Object.entries(clients)) expect(id).toBe(client)
  })

  it('is empty, and counted with zeros, where nobody is', async () => {
    const { url } = await startServer({ channel })
    const raw = await connectRaw(url)
    raw.send({ id: 2, presence: { channel: 'room' } }, { id: 3, presence_stats: { channel: 'room' } })
    expect(await raw.message()).toEqual({ id: 2, presence: { presence: {} } })
    expect(await raw.message()).toEqual({ id: 3, presence_stats: { num_clients: 0, num_users: 0 } })
  })

  it('counts every connection and each user once', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const subscriptions: Subscription[] = []
    for (const token of ['ann', 'ann', 'bob'])
      subscriptions.push((await subscribeClient(await connectClient(url, { token }), 'room')).subscription)
    expect(await subscriptions[0]?.presenceStats()).toEqual({ numClients: 3, numUsers: 2 })
    expect(await centrifuge.presenceStats('room')).toEqual({ clients: 3, users: 2 })
  })

  it('ends with the subscription, the connection and the network', async () => {
    const presence = watchedPresence()
    const { url, centrifuge } = await startServer({ channel, presence })
    const raws = [await connectRaw(url), await connectRaw(url), await connectRaw(url)]
    for (const raw of raws) {
      raw.send({ id: 2, subscribe: { channel: 'room' } })
      await raw.message()
    }
    expect(await centrifuge.presenceStats('room')).toEqual({ clients: 3, users: 1 })
    raws[0]?.send({ id: 3, unsubscribe: { channel: 'room' } })
    raws[1]?.ws.close()
    raws[2]?.ws.terminate()
    await presence.done.until((all) => all.filter(({ act }) => act === 'remove').length === 3)
    expect(await centrifuge.presence('room')).toEqual([])
  })

  it('ends with what the server ends', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'a' } }, { id: 3, subscribe: { channel: 'b' } })
    await raw.message()
    await raw.message()
    centrifuge.unsubscribe('ann', 'a')
    expect(await centrifuge.presence('a')).toEqual([])
    expect(await centrifuge.presence('b')).toHaveLength(1)
    centrifuge.disconnect({ user: 'ann' })
    expect(await centrifuge.presence('b')).toEqual([])
  })

  it('includes who is subscribed by the server', async () => {
    const connect = async () => ({ user: 'ann', info: 1, subs: { mine: { info: 2 } } })
    const { url, centrifuge } = await startServer({ channel, connect })
    await connectRaw(url)
    const client = centrifuge.connections()[0]?.client
    await centrifuge.subscribe('ann', 'news', { info: 3 })
    expect(await centrifuge.presence('mine')).toEqual([{ user: 'ann', client, connInfo: '1', chanInfo: '2' }])
    expect(await centrifuge.presence('news')).toEqual([{ user: 'ann', client, connInfo: '1', chanInfo: '3' }])
  })

  it('is not available (108) in a namespace without it', async () => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith({ allow_presence_for_client: true }),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, presence: { channel: 'room' } }, { id: 3, presence_stats: { channel: 'room' } })
    for (const id of [2, 3])
      expect(await raw.message()).toEqual({ id, error: { code: 108, message: 'not available' } })
    await expect(centrifuge.presence('room')).rejects.toMatchObject({ code: 108 })
    await expect(centrifuge.presenceStats('room')).rejects.toMatchObject({ code: 108 })
  })

  it('may be otherwise for one subscription', async () => {
    const { url, centrifuge } = await startServer({
      channel,
      subscribe: async ({ user }) => ({ override: { presence: user !== 'ghost' } }),
    })
    const ghost = await connectClient(url, { token: 'ghost' })
    await subscribeClient(ghost, 'room')
    await subscribeClient(await connectClient(url), 'room')
    expect((await centrifuge.presence('room')).map(({ user }) => user)).toEqual(['ann'])
  })
})

describe('presence of somebody who stays', () => {
  it('is renewed in time, where that of others goes', async () => {
    const presence = watchedPresence()
    const presenceTtl = 200
    const { url, centrifuge } = await startServer({
      channel,
      presence,
      presenceTtl,
      presenceUpdateInterval: 40,
    })
    const client = await connectClient(url)
    await subscribeClient(client, 'room')
    await presence.add('room', { user: 'gone', client: 'left without a word' }, presenceTtl)
    const start = performance.now()
    await presence.done.until(() => performance.now() - start > 2 * presenceTtl)
    expect((await centrifuge.presence('room')).map(({ user }) => user)).toEqual(['ann'])
    expect(await centrifuge.presenceStats('room')).toEqual({ clients: 1, users: 1 })
    const times = presence.done.all
      .filter(({ client: id }) => id !== 'left without a word')
      .map(({ at }) => at)
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(Math.min(...gaps)).toBeLessThan(presenceTtl)
  })

  it('ends when nobody renews it', async () => {
    let now = 0
    const presence = createMemoryPresence({ now: () => now })
    const { url, centrifuge } = await startServer({ channel, presence })
    await subscribeClient(await connectClient(url), 'room')
    now = 59_999
    expect(await centrifuge.presence('room')).toHaveLength(1)
    now = 60_001
    expect(await centrifuge.presence('room')).toEqual([])
    expect(await centrifuge.presenceStats('room')).toEqual({ clients: 0, users: 0 })
  })

  it('says what was said last of the connection', async () => {
    const presence = watchedPresence()
    const { url, centrifuge } = await startServer({
      channel,
      presence,
      presenceTtl: 1000,
      presenceUpdateInterval: 40,
    })
    await subscribeClient(await connectClient(url), 'room')
    centrifuge.refresh('ann', { info: { status: 'away' } })
    const { length } = presence.done.all
    await presence.done.first(length + 2)
    expect(await centrifuge.presence('room')).toMatchObject([{ connInfo: '{"status":"away"}' }])
  })
})

describe('a slow store of presence', () => {
  it('keeps nobody who has left while being added', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const presence = watchedPresence(({ act }) => (act === 'add' ? gate : undefined))
    const gone = createRecord<string>()
    const { url } = await startServer({ channel, presence, disconnected: ({ user }) => gone.add(user) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await presence.begun.first(1)
    raw.ws.terminate()
    await gone.first(1)
    openGate(undefined)
    await presence.done.first(2)
    expect(await presence.list('room')).toEqual([])
  })

  it('is not told of somebody who left before', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const asked = createRecord<string>()
    const gone = createRecord<string>()
    const { url, centrifuge } = await startServer({
      channel,
      engine: slowHistory(createMemoryEngine(), (name) => (asked.add(name), gate)),
      disconnected: ({ user }) => gone.add(user),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await asked.first(1)
    raw.ws.terminate()
    await gone.first(1)
    openGate(undefined)
    await subscribeClient(await connectClient(url, { token: 'bob' }), 'room')
    expect(await centrifuge.presence('room')).toMatchObject([{ user: 'bob' }])
  })

  it('does not lose somebody who comes back while being removed', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const presence = watchedPresence(({ act }) => (act === 'remove' ? gate : undefined))
    const { url, centrifuge } = await startServer({ channel, presence })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, { id: 3, unsubscribe: { channel: 'room' } })
    raw.send({ id: 4, subscribe: { channel: 'room' } })
    await presence.begun.until((all) => all.some(({ act }) => act === 'remove'))
    openGate(undefined)
    for (const id of [2, 3, 4]) expect(await raw.message()).toMatchObject({ id })
    await presence.done.until((all) => all.some(({ act }) => act === 'remove'))
    expect(await centrifuge.presence('room')).toHaveLength(1)
  })

  it('agrees with the subscriptions in the end, whoever comes and goes', { timeout: 60_000 }, async () => {
    const presence = watchedPresence(hesitate)
    const server = await startServer({
      channel,
      presence,
      engine: slowHistory(createMemoryEngine(), hesitate),
    })
    let run = 0
    const step = fc.tuple(fc.nat(3), fc.constantFrom('subscribe', 'unsubscribe', 'cut' as const))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const room = `room-${++run}`
        const open = () => connectRaw(server.url)
        const raws = await Promise.all([open(), open(), open(), open()])
        for (const [index, act] of steps) {
          const raw = raws[index] ?? raws[0]
          if (act === 'cut') {
            raw.ws.terminate()
            raws[index] = await open()
          } else raw.send({ id: 2, [act]: { channel: room } })
          await hesitate()
        }
        // Their answers come when all before has been done.
        for (const raw of raws) {
          raw.send({ id: 9, unsubscribe: { channel: 'none' } })
          while (((await raw.message()) as { id: number }).id !== 9);
        }
        await presence.done.until((all) => all.length === presence.begun.all.length)
        const { clients } = await server.centrifuge.presenceStats(room)
        expect(clients).toBe(server.centrifuge.channels().get(room) ?? 0)
        for (const raw of raws) raw.ws.terminate()
      }),
      { numRuns: 25 },
    )
  })
})

async function hesitate(): Promise<void> {
  for (let turns = Math.random() * 20; turns > 0; turns--) await immediate()
}

function slowHistory(engine: Engine, holdUp: (channel: string) => Promise<unknown>): Engine {
  return {
    ...engine,
    history: async (channel, query) => {
      await holdUp(channel)
      return engine.history(channel, query)
    },
  }
}
