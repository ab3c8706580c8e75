import { setImmediate as immediate } from 'node:timers/promises'
import type { Centrifuge, SubscribedContext } from 'centrifuge'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { connectClient, nextEvent } from './support/client.ts'
import { connectRaw } from './support/raw.ts'
import { createRecord } from './support/record.ts'
import { channelsWith, startServer, type TestServer } from './support/server.ts'
import { dataOf, subscribeClient, type Subscribed } from './support/subscribe.ts'

interface Closed {
  user: string
  code: number
}

interface Numbered {
  number: number
}

const channel = channelsWith({ history_size: 5000 })
const padding = 'x'.repeat(20_000)

/** An official client whose sockets the test can stop reading. */
async function connectPausable(url: string): Promise<{ client: Centrifuge; socket: () => WebSocket }> {
  const sockets: WebSocket[] = []
  class Observed extends WebSocket {
    constructor(address: string) {
      super(address)
      sockets.push(this)
    }
  }
  const client = await connectClient(url, { token: 'slow', websocket: Observed })
  return { client, socket: () => sockets.at(-1) ?? new WebSocket(url) }
}

async function startWatched(
  options: object = {},
): Promise<{ server: TestServer; closed: ReturnType<typeof createRecord<Closed>> }> {
  const closed = createRecord<Closed>()
  const disconnected = ({ user, code }: Closed) => closed.add({ user, code })
  const server = await startServer({ channel, recoveryMaxPublications: 5000, disconnected, ...options })
  return { server, closed }
}

function numbersOf({ publications }: Subscribed): number[] {
  return (dataOf(publications) as Numbered[]).map(({ number }) => number)
}

function upTo(number: number): number[] {
  return Array.from({ length: number }, (_, index) => index + 1)
}

describe('a client that does not read', () => {
  it('is closed with 3008 when more waits for it than may, and others are not held up', async () => {
    const { server, closed } = await startWatched()
    const { centrifuge, url } = server
    const { client, socket } = await connectPausable(url)
    const slow = await subscribeClient(client, 'room')
    const swift = await subscribeClient(await connectClient(url, { token: 'swift' }), 'room')
    const connecting = nextEvent(client, 'connecting')
    const back = nextEvent<SubscribedContext>(slow.subscription, 'subscribed')
    socket().pause()
    let number = 0
    while (closed.all.length === 0) {
      await centrifuge.publish('room', { number: ++number, padding })
      // Whoever reads has it before the next is published.
      await swift.publications.first(number)
    }
    expect(closed.all).toEqual([{ user: 'slow', code: 3008 }])
    expect(centrifuge.channels().get('room')).toBe(1)
    expect(slow.publications.all.length).toBeLessThan(number)
    socket().resume()
    expect(await connecting).toEqual({ code: 3008, reason: 'slow' })
    expect(await back).toMatchObject({ wasRecovering: true, recovered: true })
    await centrifuge.publish('room', { number: ++number })
    await slow.publications.first(number)
    await swift.publications.first(number)
    expect(numbersOf(slow)).toEqual(upTo(number))
    expect(numbersOf(swift)).toEqual(upTo(number))
    expect(centrifuge.metrics().queueDrops).toBe(1)
  })

  it('is closed with 3009 when the network takes nothing for too long', async () => {
    const { server, closed } = await startWatched({ queueMaxBytes: 100_000_000, writeTimeout: 100 })
    const { centrifuge, url } = server
    const { client, socket } = await connectPausable(url)
    const slow = await subscribeClient(client, 'room')
    const swift = await subscribeClient(await connectClient(url, { token: 'swift' }), 'room')
    const connecting = nextEvent(client, 'connecting')
    socket().pause()
    let number = 0
    for (; number < 400;) {
      await centrifuge.publish('room', { number: ++number, padding })
      if (number % 10 === 0) await immediate()
    }
    expect(await closed.first(1)).toEqual([{ user: 'slow', code: 3009 }])
    socket().resume()
    expect(await connecting).toEqual({ code: 3009, reason: 'write error' })
    await slow.publications.first(number)
    await swift.publications.first(number)
    expect(numbersOf(slow)).toEqual(upTo(number))
    expect(numbersOf(swift)).toEqual(upTo(number))
  })

  it('is not closed while the network takes something', async () => {
    const { server, closed } = await startWatched({ queueMaxBytes: 100_000_000, writeTimeout: 300 })
    const { client, socket } = await connectPausable(server.url)
    const slow = await subscribeClient(client, 'room')
    // It reads a frame at a time: never long until the next, but long until the last.
    socket().on('message', () => socket().pause())
    const reading = setInterval(() => socket().resume(), 20)
    onTestFinished(() => {
      clearInterval(reading)
      socket().resume()
    })
    for (let number = 1; number <= 800; number++) await server.centrifuge.publish('room', { number, padding })
    await slow.publications.first(800)
    expect(closed.all).toEqual([])
  })

  it('takes one message that is larger than the queue', async () => {
    const { server } = await startWatched({ queueMaxBytes: 1000 })
    const { publications } = await subscribeClient(await connectClient(server.url), 'room')
    const large = 'x'.repeat(100_000)
    await server.centrifuge.publish('room', large)
    expect(await publications.first(1)).toMatchObject([{ data: large }])
  })

  it('is closed by what it asks for as by what it is sent', async () => {
    const { server } = await startWatched({ rpc: async () => padding, queueMaxBytes: 50_000 })
    const raw = await connectRaw(server.url)
    raw.send(...Array.from({ length: 10 }, (_, id) => ({ id: id + 2, rpc: {} })))
    expect(await raw.closed).toEqual({ code: 3008, reason: 'slow' })
  })

  it('does not hold up a publisher', async () => {
    const { server, closed } = await startWatched({
      channel: channelsWith({ history_size: 5000, allow_publish_for_client: true }),
    })
    const { url } = server
    const { client, socket } = await connectPausable(url)
    const slow = await subscribeClient(client, 'room')
    const { subscription } = await subscribeClient(await connectClient(url, { token: 'swift' }), 'room')
    socket().pause()
    let number = 0
    while (closed.all.length === 0) await subscription.publish({ number: ++number, padding })
    const back = nextEvent<SubscribedContext>(slow.subscription, 'subscribed')
    socket().resume()
    expect(await back).toMatchObject({ recovered: true })
    await slow.publications.first(number)
    expect(numbersOf(slow)).toEqual(upTo(number))
  })
})
