import { on, once } from 'node:events'
import { setImmediate as immediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connectClient } from './support/client.ts'
import { watchedPresence } from './support/presence.ts'
import { connectRaw, connectStream, openRaw } from './support/raw.ts'
import { createRecord } from './support/record.ts'
import { channelsWith, startServer } from './support/server.ts'
import { subscribeClient } from './support/subscribe.ts'

const nothing = { connections: 0, users: 0, channels: 0, subscriptions: 0 }
const megabyte = 1_048_576

describe('a thousand connections that come and go', () => {
  it('leave everything as it was', { timeout: 120_000 }, async () => {
    const gone = createRecord<number>()
    const presence = watchedPresence()
    const { url, http, centrifuge, drop } = await startServer({
      presence,
      channel: channelsWith({
        presence: true,
        join_leave: true,
        force_push_join_leave: true,
        allowed_delta_types: ['fossil'],
        delta_publish: true,
      }),
      connect: async ({ token }) => ({ user: token, channels: ['personal:x'] }),
      disconnected: ({ code }) => gone.add(code),
    })
    let cycles = 0
    const cycle = async () => {
      const index = cycles++
      const ws = new WebSocket(url)
      const closed = once(ws, 'close')
      await once(ws, 'open')
      const subscribe = (channel: string) => ({ channel, delta: index % 2 ? 'fossil' : '' })
      const own = `own-${index % 50}`
      const commands = [
        { connect: { token: `user-${index % 7}` } },
        ...['room', own].map((channel) => ({ subscribe: subscribe(channel) })),
      ]
      ws.send(commands.map((command, id) => JSON.stringify({ id: id + 1, ...command })).join('\n'))
      for await (const [frame] of on(ws, 'message') as AsyncIterable<[Buffer]>)
        if (frame.includes('"id":3')) break
      if (index % 10 === 0) await centrifuge.publish('room', { index })
      if (index % 3 === 0) ws.terminate()
      else ws.close()
      await closed
    }
    const run = async (count: number) => {
      for (let done = 0; done < count; done += 10) await Promise.all(Array.from({ length: 10 }, cycle))
      await gone.first(cycles)
      await presence.done.until((all) => all.length === presence.begun.all.length)
      presence.done.all.length = 0
      presence.begun.all.length = 0
      drop()
    }

    await run(200)
    const state = () => ({ ...resources(), listeners: listenersOf(http) })
    const before = state()
    const heapBefore = heapUsed()
    await run(1000)
    for (let turns = 0; turns < 10_000 && !isDeepStrictEqual(state(), before); turns++) await immediate()
    expect(state()).toEqual(before)
    expect(heapUsed() - heapBefore).toBeLessThan(2 * megabyte)
    expect(centrifuge.counts()).toEqual(nothing)
    expect(gone.all).toHaveLength(1200)
    expect(centrifuge.channels().size).toBe(0)
    for (const channel of ['room', 'personal:x', 'own-3'])
      expect(await centrifuge.presenceStats(channel)).toEqual({ clients: 0, users: 0 })
  })

  it('leave nothing behind when they never say who they are', async () => {
    const { url, centrifuge } = await startServer()
    for (let count = 0; count < 100; count++) {
      const raw = await openRaw(url)
      raw.ws.close()
      await raw.closed
    }
    expect(centrifuge.counts()).toEqual(nothing)
  })
})

describe('shutting down', () => {
  it('closes everybody with 3001, and has told of each when it is done', async () => {
    const told = createRecord<string>()
    const { url, base, centrifuge } = await startServer({
      disconnected: ({ user, code }) => told.add(`${user} ${code}`),
    })
    const raws = await Promise.all(Array.from({ length: 150 }, () => connectRaw(url)))
    const stream = await connectStream(base, { token: 'bob' })
    await centrifuge.close()
    expect(told.all).toHaveLength(151)
    expect(new Set(told.all)).toEqual(new Set(['ann 3001', 'bob 3001']))
    for (const raw of raws) expect(await raw.closed).toEqual({ code: 3001, reason: 'shutdown' })
    expect(await stream.message()).toEqual({ push: { disconnect: { code: 3001, reason: 'shutdown' } } })
    expect(centrifuge.counts()).toEqual(nothing)
  })

  it('waits until the application has dealt with who has gone', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const begun = createRecord<string>()
    const done = createRecord<string>()
    const { url, centrifuge } = await startServer({
      disconnected: async ({ user }) => {
        begun.add(user)
        await gate
        done.add(user)
      },
    })
    const early = await connectRaw(url, { token: 'early' })
    early.ws.close()
    await begun.first(1)
    await connectRaw(url, { token: 'late' })
    const closed = centrifuge.close()
    await begun.first(2)
    openGate(undefined)
    await closed
    expect(done.all).toEqual(['early', 'late'])
  })

  it('waits until nobody is present', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const presence = watchedPresence(({ act }) => (act === 'remove' ? gate : undefined))
    const { url, centrifuge } = await startServer({ presence, channel: channelsWith({ presence: true }) })
    await subscribeClient(await connectClient(url), 'room')
    const closed = centrifuge.close()
    await presence.begun.first(2)
    openGate(undefined)
    await closed
    expect(await presence.list('room')).toEqual([])
  })

  it('does not wait for ever for an application that never ends', async () => {
    const never = new Promise<void>(() => undefined)
    const { url, centrifuge } = await startServer({ shutdownTimeout: 30, disconnected: () => never })
    await connectRaw(url)
    await centrifuge.close()
    expect(centrifuge.counts()).toEqual(nothing)
  })
})

/** What keeps a process alive, by kind. */
function resources(): { resources: [string, number][] } {
  const kinds = Map.groupBy(process.getActiveResourcesInfo(), (kind) => kind)
  return { resources: [...kinds].map(([kind, all]) => [kind, all.length] as [string, number]).toSorted() }
}

function listenersOf(emitter: NodeJS.EventEmitter): [string, number][] {
  return emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)])
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapUsed(): number {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
}
