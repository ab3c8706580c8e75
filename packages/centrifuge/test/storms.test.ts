import { setImmediate as immediate } from 'node:timers/promises'
import type { Centrifuge, PublicationContext, SubscribedContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { connectClient, createClient, nextEvent } from './support/client.ts'
import { connectRaw } from './support/raw.ts'
import { recordEvents } from './support/record.ts'
import { channelsWith, startServer } from './support/server.ts'
import { dataOf, subscribeClient } from './support/subscribe.ts'

const publishing = channelsWith({ history_size: 5000, allow_publish_for_client: true })

function times<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

function offsetsOf(publications: PublicationContext[]): (number | undefined)[] {
  return publications.map(({ offset }) => offset)
}

function upTo(count: number): number[] {
  return times(count, (index) => index + 1)
}

describe('fifty publishers at once', () => {
  it('are seen in one order by twenty subscribers, none twice', { timeout: 60_000 }, async () => {
    const { url } = await startServer({ channel: publishing })
    const subscribers = await Promise.all(
      times(20, async () => subscribeClient(await connectClient(url), 'room')),
    )
    const publishers = await Promise.all(times(50, (index) => connectClient(url, { token: `p${index}` })))
    await Promise.all(
      publishers.map(async (publisher, index) => {
        const sent = times(20, (number) => publisher.publish('room', `${index}:${number}`))
        await Promise.all(sent)
      }),
    )
    const seen = await Promise.all(subscribers.map(({ publications }) => publications.first(1000)))
    const [first = []] = seen
    for (const all of seen) {
      expect(offsetsOf(all)).toEqual(upTo(1000))
      expect(all.map(({ data }) => data as string)).toEqual(first.map(({ data }) => data as string))
    }
    expect(new Set(first.map(({ data }) => data as string)).size).toBe(1000)
    for (const index of publishers.keys()) {
      const own = first.filter(({ data }) => (data as string).startsWith(`${index}:`))
      expect(own.map(({ data }) => data as string)).toEqual(times(20, (number) => `${index}:${number}`))
    }
  })

  it(
    'in the server are seen in one order too, also by who comes in between',
    { timeout: 60_000 },
    async () => {
      const { url, centrifuge } = await startServer({ channel: publishing, recoveryMaxPublications: 1000 })
      const early = await subscribeClient(await connectClient(url), 'room')
      const [late] = await Promise.all([
        connectClient(url).then((client) =>
          subscribeClient(client, 'room', { since: { offset: 0, epoch: '' } }),
        ),
        ...times(50, async (index) => {
          for (let number = 0; number < 20; number++) {
            await centrifuge.publish('room', `${index}:${number}`)
            await immediate()
          }
        }),
      ])
      const [all, recovered] = await Promise.all([
        early.publications.first(1000),
        late.publications.first(1000),
      ])
      expect(offsetsOf(all)).toEqual(upTo(1000))
      expect(offsetsOf(recovered)).toEqual(upTo(1000))
      expect(dataOf(late.publications)).toEqual(dataOf(early.publications))
    },
  )
})

describe('two hundred clients cut off at once', () => {
  it('all come back and recover', { timeout: 60_000 }, async () => {
    const { url, centrifuge, drop } = await startServer({
      channel: publishing,
      connect: async ({ token }) => ({ user: token, channels: ['server:all'] }),
    })
    const clients = times(200, (index) => createClient(url, { token: `user-${index}` }))
    const served = clients.map((client) => recordEvents<PublicationContext>(client, 'publication'))
    for (const client of clients) client.connect()
    const rooms = await Promise.all(clients.map((client) => subscribeClient(client, 'room')))
    const publish = async (data: number) => {
      await centrifuge.publish('room', data)
      await centrifuge.publish('server:all', data)
    }
    await publish(1)
    await Promise.all(
      [...rooms.map(({ publications }) => publications), ...served].map((one) => one.first(1)),
    )
    for (const round of [0, 1]) {
      const back = rooms.map(({ subscription }) => nextEvent<SubscribedContext>(subscription, 'subscribed'))
      drop()
      for (const data of [2, 3, 4]) await publish(data + 3 * round)
      for (const context of await Promise.all(back))
        expect(context).toMatchObject({ wasRecovering: true, recovered: true })
    }
    await publish(8)
    for (const publications of [...rooms.map((room) => room.publications), ...served]) {
      await publications.first(8)
      expect(dataOf(publications)).toEqual(upTo(8))
    }
    expect(centrifuge.counts()).toEqual({ connections: 200, users: 200, channels: 2, subscriptions: 400 })
  })
})

describe('a client with as many channels as it may have', () => {
  it('subscribes to all at once, and again after every cut', { timeout: 60_000 }, async () => {
    const { url, centrifuge, drop } = await startServer()
    const client = await connectClient(url)
    const names = times(128, (index) => `room-${index}`)
    const all = await Promise.all(names.map((name) => subscribeClient(client, name)))
    for (let round = 1; round <= 3; round++) {
      const back = all.map(({ subscription }) => nextEvent<SubscribedContext>(subscription, 'subscribed'))
      drop()
      await Promise.all(names.map((name) => centrifuge.publish(name, round)))
      for (const context of await Promise.all(back)) expect(context.recovered).toBe(true)
    }
    for (const { publications } of all) {
      await publications.first(3)
      expect(dataOf(publications)).toEqual([1, 2, 3])
    }
    expect(centrifuge.counts()).toMatchObject({ channels: 128, subscriptions: 128 })
    const beyond = client.newSubscription('one-more')
    const refused = nextEvent(beyond, 'unsubscribed')
    beyond.subscribe()
    expect(await refused).toMatchObject({ code: 106 })
  })

  it('may leave and come back to all of them in one frame', async () => {
    const { url, centrifuge } = await startServer()
    const raw = await connectRaw(url)
    const subscribe = (id: number) => ({ id: id + 2, subscribe: { channel: `room-${id}` } })
    raw.send(...times(128, subscribe))
    for (const id of times(128, (index) => index))
      expect(await raw.message()).toMatchObject({ id: id + 2, subscribe: {} })
    raw.send(
      ...times(128, (id) => ({ id: id + 2, unsubscribe: { channel: `room-${id}` } })),
      ...times(128, subscribe),
    )
    for (const id of times(256, (index) => index))
      expect(await raw.message()).toMatchObject({ id: (id % 128) + 2 })
    expect(centrifuge.counts()).toMatchObject({ channels: 128, subscriptions: 128 })
  })
})

describe('a crowd that comes while others publish', () => {
  it('misses nothing after its replies', { timeout: 60_000 }, async () => {
    const { url, centrifuge } = await startServer({ channel: publishing })
    const over = new AbortController()
    const publisher = publishUntil(over.signal, (number) => centrifuge.publish('room', number))
    const clients: Centrifuge[] = await Promise.all(times(100, () => connectClient(url)))
    const joined = await Promise.all(
      clients.map(async (client) => {
        const subscription = client.newSubscription('room')
        const publications = recordEvents<PublicationContext>(subscription, 'publication')
        const begun = nextEvent<SubscribedContext>(subscription, 'subscribed')
        subscription.subscribe()
        return { publications, start: (await begun).streamPosition?.offset ?? 0 }
      }),
    )
    over.abort()
    const last = await publisher
    for (const { publications, start } of joined) {
      await publications.first(last - start)
      expect(offsetsOf(publications.all)).toEqual(times(last - start, (index) => start + index + 1))
    }
  })
})

/** Answers how often. */
async function publishUntil(
  over: AbortSignal,
  publish: (number: number) => Promise<unknown>,
): Promise<number> {
  let number = 0
  while (!over.aborted) {
    await publish(++number)
    await immediate()
  }
  return number
}
