import type { JoinContext, LeaveContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { createMemoryEngine } from '../src/index.ts'
import { connectClient, nextEvent } from './support/client.ts'
import { connectRaw, type RawClient } from './support/raw.ts'
import { createRecord, recordEvents } from './support/record.ts'
import { channelsWith, startServer } from './support/server.ts'
import { subscribeClient } from './support/subscribe.ts'

const pushed = { presence: true, join_leave: true, force_push_join_leave: true }
const onRequest = { presence: true, join_leave: true, allow_presence_for_subscriber: true }

describe('joins and leaves', () => {
  it('are told with what is known of who comes and goes', async () => {
    const { url } = await startServer({
      channel: channelsWith(pushed),
      connect: async ({ token }) => ({ user: token, info: { name: token } }),
      subscribe: async () => ({ info: { seat: 4 } }),
    })
    const { subscription } = await subscribeClient(await connectClient(url), 'room')
    const joins = recordEvents<JoinContext>(subscription, 'join')
    const left = nextEvent<LeaveContext>(subscription, 'leave')
    const bob = await connectRaw(url, { token: 'bob' })
    bob.send({ id: 2, subscribe: { channel: 'room' } })
    const info = (await joins.first(2))[1]?.info
    expect(info).toMatchObject({ user: 'bob', connInfo: { name: 'bob' }, chanInfo: { seat: 4 } })
    bob.send({ id: 3, unsubscribe: { channel: 'room' } })
    expect((await left).info).toEqual(info)
  })

  // In Centrifugo too a join goes to every subscriber, who came included.
  it('reach who comes as well, after the reply', async () => {
    const { url } = await startServer({ channel: channelsWith(pushed) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    expect(await raw.message()).toMatchObject({ id: 2, subscribe: {} })
    expect(await raw.message()).toMatchObject({ push: { channel: 'room', join: { info: { user: 'ann' } } } })
  })

  it('do not reach who leaves', async () => {
    const { url } = await startServer({ channel: channelsWith(pushed) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, { id: 3, unsubscribe: { channel: 'room' } })
    expect(await raw.message()).toMatchObject({ id: 2 })
    expect(await raw.message()).toMatchObject({ push: { join: {} } })
    expect(await raw.message()).toEqual({ id: 3, unsubscribe: {} })
  })

  it.each([
    ['unsubscribes', (raw: RawClient) => raw.send({ id: 3, unsubscribe: { channel: 'room' } })],
    ['closes', (raw: RawClient) => raw.ws.close()],
    ['is cut off', (raw: RawClient) => raw.ws.terminate()],
  ])('end with a leave when a client %s', async (_name, leave) => {
    const { url } = await startServer({ channel: channelsWith(pushed) })
    const { subscription } = await subscribeClient(await connectClient(url), 'room')
    const bob = await connectRaw(url, { token: 'bob' })
    bob.send({ id: 2, subscribe: { channel: 'room' } })
    await bob.message()
    const left = nextEvent<LeaveContext>(subscription, 'leave')
    leave(bob)
    expect((await left).info.user).toBe('bob')
  })

  it('come from subscriptions of the server', async () => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith(pushed),
      connect: async ({ token }) => ({ user: token, channels: ['room'] }),
    })
    const ann = await connectClient(url)
    const joins = recordEvents<JoinContext>(ann, 'join')
    const leaves = recordEvents<LeaveContext>(ann, 'leave')
    await connectRaw(url, { token: 'bob' })
    await joins.until((all) => all.some(({ info }) => info.user === 'bob'))
    centrifuge.unsubscribe('bob', 'room')
    expect(await leaves.first(1)).toMatchObject([{ channel: 'room', info: { user: 'bob' } }])
    await centrifuge.subscribe('bob', 'room')
    await joins.until((all) => all.filter(({ info }) => info.user === 'bob').length === 2)
  })
})

describe('who hears of joins and leaves', () => {
  /** What a subscriber hears when somebody else comes. */
  const heard = async (options: object, subscribe: object, override?: object) => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith(options),
      subscribe: async ({ user }) => (user === 'ann' ? { override } : {}),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', ...subscribe } })
    const bob = await connectRaw(url, { token: 'bob' })
    await raw.message()
    bob.send({ id: 2, subscribe: { channel: 'room' } })
    await bob.message()
    await centrifuge.publish('room', 'end')
    const pushes: string[] = []
    while (pushes.at(-1) !== 'pub')
      pushes.push(Object.keys(((await raw.message()) as { push: object }).push)[1] ?? '')
    return pushes.filter((type) => type === 'join')
  }

  it('is everybody where the namespace forces it', async () => {
    expect(await heard(pushed, {})).toHaveLength(2)
  })

  it('is who asks and may see the presence', async () => {
    expect(await heard(onRequest, { join_leave: true })).toHaveLength(2)
    expect(await heard(onRequest, {})).toEqual([])
    expect(await heard({ ...onRequest, allow_presence_for_subscriber: false }, { join_leave: true })).toEqual(
      [],
    )
  })

  it('is nobody where none are told', async () => {
    expect(await heard({ ...pushed, join_leave: false }, { join_leave: true })).toEqual([])
  })

  it('may be otherwise for one subscription', async () => {
    expect(
      await heard({ ...pushed, force_push_join_leave: false }, {}, { force_push_join_leave: true }),
    ).toHaveLength(2)
    expect(await heard(pushed, {}, { force_push_join_leave: false })).toEqual([])
    expect(await heard(pushed, {}, { join_leave: false })).toHaveLength(1)
  })

  it('asks with the official client', async () => {
    const { url } = await startServer({ channel: channelsWith(onRequest) })
    const { subscription } = await subscribeClient(await connectClient(url), 'room', { joinLeave: true })
    const joins = recordEvents<JoinContext>(subscription, 'join')
    await subscribeClient(await connectClient(url, { token: 'bob' }), 'room')
    expect((await joins.first(2)).map(({ info }) => info.user)).toEqual(['ann', 'bob'])
  })
})

describe('a subscription that comes to nothing', () => {
  it('is not told of when it is refused', async () => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith(pushed),
      subscribe: async ({ user }) => (user === 'bob' ? null : {}),
    })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room')
    const told = recordEvents<JoinContext>(subscription, 'join')
    const bob = await connectRaw(url, { token: 'bob' })
    bob.send({ id: 2, subscribe: { channel: 'room' } })
    expect(await bob.message()).toMatchObject({ error: { code: 103 } })
    const eve = await connectRaw(url, { token: 'eve' })
    eve.send({ id: 2, subscribe: { channel: 'room', recover: true, offset: 9, flag: 3 } })
    expect(await eve.message()).toMatchObject({ error: { code: 112 } })
    await centrifuge.publish('room', 'end')
    await publications.first(1)
    expect(told.all.filter(({ info }) => info.user !== 'ann')).toEqual([])
  })

  it('is not told of when the server ends it before it begins', async () => {
    const engine = createMemoryEngine()
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const asked = createRecord<string>()
    const { url, centrifuge } = await startServer({
      channel: channelsWith(pushed),
      engine: {
        ...engine,
        history: async (channel, query) => {
          asked.add(channel)
          if (asked.all.length === 2) await gate
          return engine.history(channel, query)
        },
      },
    })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room')
    const told = recordEvents<JoinContext>(subscription, 'join')
    const bob = await connectRaw(url, { token: 'bob' })
    bob.send({ id: 2, subscribe: { channel: 'room' } })
    await asked.first(2)
    centrifuge.unsubscribe('bob', 'room')
    openGate(undefined)
    expect(await bob.message()).toMatchObject({ error: { code: 103 } })
    await centrifuge.publish('room', 'end')
    await publications.first(1)
    expect(told.all.filter(({ info }) => info.user === 'bob')).toEqual([])
  })

  it('is not told of when its own reply is more than the client may have waiting', async () => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith(pushed),
      queueMaxBytes: 3000,
      rpc: async () => 'x'.repeat(2000),
    })
    const position = await centrifuge.publish('room', 'first')
    await centrifuge.publish('room', 'x'.repeat(2000))
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room')
    const told = recordEvents<JoinContext>(subscription, 'join')
    const bob = await connectRaw(url, { token: 'bob' })
    bob.send({ id: 2, rpc: {} }, { id: 3, subscribe: { channel: 'room', recover: true, ...position } })
    expect(await bob.closed).toMatchObject({ code: 3008 })
    await centrifuge.publish('room', 'end')
    await publications.until((all) => all.at(-1)?.data === 'end')
    expect(told.all.filter(({ info }) => info.user === 'bob')).toEqual([])
  })
})

describe('a crowd', () => {
  it(
    'is heard of once each, joins before leaves, and is as many as are there',
    { timeout: 60_000 },
    async () => {
      const { url, centrifuge } = await startServer({ channel: channelsWith(pushed) })
      const { subscription } = await subscribeClient(await connectClient(url), 'room')
      const heard = createRecord<{ type: string; client: string }>()
      subscription.on('join', ({ info }) => heard.add({ type: 'join', client: info.client }))
      subscription.on('leave', ({ info }) => heard.add({ type: 'leave', client: info.client }))
      const raws = await Promise.all(Array.from({ length: 200 }, () => connectRaw(url, { token: 'many' })))
      for (const raw of raws) raw.send({ id: 2, subscribe: { channel: 'room' } })
      const joined = (all: typeof heard.all) => new Set(all.map(({ client }) => client)).size
      await heard.until((all) => joined(all) >= 200)
      const clients = (await centrifuge.presence('room')).map(({ client }) => client).toSorted()
      expect(clients).toEqual(
        centrifuge
          .connections()
          .map(({ client }) => client)
          .toSorted(),
      )
      expect(await centrifuge.presenceStats('room')).toEqual({ clients: 201, users: 2 })

      for (const [index, raw] of raws.entries())
        if (index % 3 === 0) raw.ws.terminate()
        else if (index % 3 === 1)
          raw.send({ id: 3, unsubscribe: { channel: 'room' } }, { id: 4, subscribe: { channel: 'room' } })
        else raw.ws.close()
      const count = (all: typeof heard.all, type: string) => all.filter((entry) => entry.type === type).length
      await heard.until((all) => count(all, 'leave') === 200 && count(all, 'join') >= 267)
      const byClient = Map.groupBy(heard.all, ({ client }) => client)
      for (const entries of byClient.values())
        for (const [index, { type }] of entries.entries())
          expect(type).toBe(index % 2 === 0 ? 'join' : 'leave')
      const stayed = [...byClient].filter(([, entries]) => entries.length % 2 === 1).map(([client]) => client)
      const present = (await centrifuge.presence('room')).map(({ client }) => client)
      expect(present.toSorted()).toEqual([...new Set([...stayed, subscriberOf(centrifuge)])].toSorted())
      expect(present).toHaveLength(centrifuge.channels().get('room') ?? 0)
    },
  )
})

function subscriberOf({ connections }: { connections(): { user: string; client: string }[] }): string {
  return connections().find(({ user }) => user === 'ann')?.client ?? ''
}
