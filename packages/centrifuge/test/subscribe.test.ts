import type { PublicationContext, SubscribedContext, UnsubscribedContext } from 'centrifuge'
import { setImmediate as immediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ClientError, createMemoryEngine, Disconnect, type Engine } from '../src/index.ts'
import { connectClient, nextEvent } from './support/client.ts'
import { connectRaw } from './support/raw.ts'
import { startServer } from './support/server.ts'

describe('subscribing', () => {
  it('delivers publications with their offsets', async () => {
    const { url, centrifuge } = await startServer()
    const client = await connectClient(url)
    const subscription = client.newSubscription('room')
    const subscribed = nextEvent<SubscribedContext>(subscription, 'subscribed')
    subscription.subscribe()
    expect(await subscribed).toMatchObject({
      recoverable: true,
      positioned: true,
      streamPosition: { offset: 0 },
    })
    const arrived = nextEvent<PublicationContext>(subscription, 'publication')
    const position = await centrifuge.publish('room', { body: 'line\nbreak' }, { tags: { kind: 'text' } })
    expect(position?.offset).toBe(1)
    expect(await arrived).toMatchObject({ data: { body: 'line\nbreak' }, offset: 1, tags: { kind: 'text' } })
  })

  it('asks the hook, and hands its data to the client', async () => {
    const calls: unknown[] = []
    const { url } = await startServer({
      connect: async () => ({ user: 'ann', meta: 7 }),
      subscribe: async (call) => (
        calls.push(call),
        { data: { members: 2 }, override: { force_recovery: false } }
      ),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', token: 't', data: [1], flag: 1 } })
    expect(await raw.message()).toEqual({ id: 2, subscribe: { data: { members: 2 } } })
    expect(calls).toMatchObject([{ user: 'ann', meta: 7, channel: 'room', token: 't', data: [1] }])
  })

  it.each([
    [
      'with the error it throws',
      () => new ClientError(403, 'members only', true),
      { code: 403, temporary: true },
    ],
    ['with 100 for any other fault', () => new Error('oops'), { code: 100, temporary: true }],
  ])('is refused by the hook %s', async (_name, fault, error) => {
    const { url } = await startServer({ subscribe: () => Promise.reject(fault()) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    expect(await raw.message()).toMatchObject({ id: 2, error })
  })

  it('closes when the hook says so', async () => {
    const { url } = await startServer({ subscribe: () => Promise.reject(new Disconnect(4000, 'again')) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    expect(await raw.closed).toEqual({ code: 4000, reason: 'again' })
  })

  it('is not possible without a hook', async () => {
    const { url } = await startServer({ subscribe: undefined })
    const client = await connectClient(url)
    const subscription = client.newSubscription('room')
    const ended = nextEvent<UnsubscribedContext>(subscription, 'unsubscribed')
    subscription.subscribe()
    expect(await ended).toMatchObject({ code: 103, reason: 'permission denied' })
  })

  it.each([
    [{ channel: 'x'.repeat(256) }, 107],
    [{ channel: 'größe' }, 107],
    [{ channel: 'room', type: 1 }, 103],
  ])('answers %o with %d', async (subscribe, code) => {
    const { url } = await startServer()
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe })
    expect(await raw.message()).toMatchObject({ id: 2, error: { code } })
  })

  it('answers 105 to a second subscription and 106 to one too many', async () => {
    const { url } = await startServer({ channelsPerClient: 2 })
    const raw = await connectRaw(url)
    for (const [id, channel] of ['a', 'b', 'a', 'c'].entries())
      raw.send({ id: id + 2, subscribe: { channel } })
    expect([await raw.message(), await raw.message()]).toMatchObject([{ id: 2 }, { id: 3 }])
    expect(await raw.message()).toMatchObject({ id: 4, error: { code: 105 } })
    expect(await raw.message()).toMatchObject({ id: 5, error: { code: 106 } })
  })

  it('ends when the client unsubscribes, from unknown channels too', async () => {
    const { url, centrifuge } = await startServer()
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, { id: 3, unsubscribe: { channel: 'room' } })
    raw.send({ id: 4, unsubscribe: { channel: 'never' } })
    await raw.message()
    expect([await raw.message(), await raw.message()]).toEqual([
      { id: 3, unsubscribe: {} },
      { id: 4, unsubscribe: {} },
    ])
    expect(centrifuge.counts()).toMatchObject({ channels: 0, subscriptions: 0 })
  })

  it('puts the reply before what was published meanwhile', async () => {
    const { engine, opening, finish } = slowEngine()
    const { url, centrifuge } = await startServer({ engine })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await opening
    await centrifuge.publish('room', 1)
    await centrifuge.publish('room', 'typing', { skipHistory: true })
    finish()
    expect(await raw.message()).toMatchObject({ id: 2, subscribe: { recoverable: true } })
    expect(await raw.message()).toEqual({ push: { channel: 'room', pub: { data: 1, offset: 1 } } })
    expect(await raw.message()).toEqual({ push: { channel: 'room', pub: { data: 'typing' } } })
  })

  it('leaves the engine when the last subscriber left while it was opening', async () => {
    const { engine, opening, finish, unsubscribed } = slowEngine()
    const { url, centrifuge } = await startServer({ engine })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await opening
    raw.ws.terminate()
    finish()
    await unsubscribed
    expect(centrifuge.counts()).toMatchObject({ channels: 0, subscriptions: 0 })
  })

  it('answers 100 when the engine fails, and tries anew the next time', async () => {
    const memory = createMemoryEngine()
    let failures = 1
    const subscribe: Engine['subscribe'] = async (channel, deliver) => {
      if (failures-- > 0) throw new Error('engine is away')
      await memory.subscribe(channel, deliver)
    }
    const { url } = await startServer({ engine: { ...memory, subscribe } })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, { id: 3, subscribe: { channel: 'room' } })
    expect(await raw.message()).toMatchObject({ id: 2, error: { code: 100, temporary: true } })
    expect(await raw.message()).toMatchObject({ id: 3, subscribe: {} })
  })
})

describe('an engine that fails', () => {
  it('is of no consequence for a subscription that was given up before', async () => {
    const unhandled: unknown[] = []
    const watch = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', watch)
    onTestFinished(() => void process.off('unhandledRejection', watch))
    const subscribe = async () => {
      await immediate()
      throw new Error('engine is away')
    }
    const { url, centrifuge } = await startServer({
      engine: { ...createMemoryEngine(), subscribe },
      subscribe: async ({ channel }) => ({ info: channel === 'room' ? () => 'no JSON' : undefined }),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } }, { id: 3, subscribe: { channel: 'other' } })
    expect(await raw.message()).toMatchObject({ id: 2, error: { code: 100 } })
    expect(await raw.message()).toMatchObject({ id: 3, error: { code: 100 } })
    expect(unhandled).toEqual([])
    expect(centrifuge.counts()).toMatchObject({ channels: 0 })
  })
})

/** A memory engine whose first history waits until it is told to finish. */
function slowEngine() {
  const memory = createMemoryEngine()
  const { promise: opening, resolve: hasOpened } = Promise.withResolvers<undefined>()
  const { promise: finished, resolve } = Promise.withResolvers<undefined>()
  const { promise: unsubscribed, resolve: hasLeft } = Promise.withResolvers<undefined>()
  const engine: Engine = {
    ...memory,
    subscribe: async (channel, deliver) => {
      await memory.subscribe(channel, deliver)
    },
    unsubscribe: (channel) => {
      void memory.unsubscribe(channel)
      hasLeft(undefined)
    },
    history: async (channel, query) => {
      const history = await memory.history(channel, query)
      hasOpened(undefined)
      await finished
      return history
    },
  }
  return { engine, opening, unsubscribed, finish: () => resolve(undefined) }
}
