import { setImmediate as immediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Options, RpcCall } from '../src/index.ts'
import { connectClient } from './support/client.ts'
import { nextMessage, oftenPinged, outlivePings } from './support/lifeline.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'

interface Answer {
  id: number
  error?: { code: number }
}

const slow = { rpc: { method: 'slow' } }
const fast = { rpc: { method: 'fast' } }

/** Calls of the method `slow` end when the gate is opened. What the hooks are asked is logged. */
async function startGated(options: Partial<Options> = {}) {
  const { promise: gate, resolve } = Promise.withResolvers<undefined>()
  const log: string[] = []
  const server = await startServer({
    channel: channelsWith({
      presence: true,
      allow_publish_for_client: true,
      allow_presence_for_client: true,
    }),
    rpc: async ({ method }) => {
      log.push(`${method} begins`)
      if (method === 'slow') await gate
      log.push(`${method} ends`)
      return method
    },
    subscribe: async ({ channel }) => (log.push(`subscribe ${channel}`), {}),
    ...options,
  })
  return { ...server, log, openGate: () => resolve(undefined) }
}

describe('with a concurrency of 1', () => {
  it('a slow call holds back all that comes after it', async () => {
    const { url, log, openGate } = await startGated(oftenPinged)
    const raw = await connectRaw(url)
    raw.send({ id: 2, ...slow }, { id: 3, ...fast }, { id: 4, subscribe: { channel: 'room' } })
    await outlivePings(raw)
    expect(log).toEqual(['slow begins'])
    openGate()
    const answers = [await nextMessage(raw), await nextMessage(raw), await nextMessage(raw)]
    expect(answers).toMatchObject([{ id: 2 }, { id: 3 }, { id: 4 }])
    expect(log).toEqual(['slow begins', 'slow ends', 'fast begins', 'fast ends', 'subscribe room'])
  })

  it('connections do not wait for each other', async () => {
    const { url, openGate } = await startGated()
    const [held, free] = [await connectRaw(url), await connectRaw(url)]
    held.send({ id: 2, ...slow })
    free.send({ id: 2, ...fast })
    expect(await free.message()).toMatchObject({ id: 2, rpc: { data: 'fast' } })
    openGate()
    expect(await held.message()).toMatchObject({ id: 2, rpc: { data: 'slow' } })
  })

  it('nothing is begun of what waits when the client is gone', async () => {
    const { promise: gone, resolve: isGone } = Promise.withResolvers<undefined>()
    const { url, log, openGate } = await startGated({ disconnected: () => isGone(undefined) })
    const raw = await connectRaw(url)
    raw.send({ id: 2, ...fast }, { id: 3, ...slow }, { id: 4, ...fast })
    expect(await raw.message()).toMatchObject({ id: 2 })
    raw.ws.terminate()
    await gone
    openGate()
    const other = await connectRaw(url)
    other.send({ id: 2, rpc: { method: 'other' } })
    await other.message()
    expect(log).toEqual([
      'fast begins',
      'fast ends',
      'slow begins',
      'slow ends',
      'other begins',
      'other ends',
    ])
  })
})

describe('with a concurrency of 8', () => {
  const concurrency = 8

  it('a slow call holds back none that change nothing', async () => {
    const { url, openGate } = await startGated({ concurrency })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await raw.message()
    raw.send({ id: 3, ...slow }, { id: 4, ...fast }, { id: 5, history: { channel: 'room' } })
    raw.send({ id: 6, presence: { channel: 'room' } }, { id: 7, presence_stats: { channel: 'room' } })
    raw.send({ id: 8, publish: { channel: 'other', data: 1 } })
    const answered = new Set<number>()
    while (answered.size < 5) answered.add(((await raw.message()) as { id: number }).id)
    expect([...answered].toSorted()).toEqual([4, 5, 6, 7, 8])
    openGate()
    expect(await raw.message()).toMatchObject({ id: 3 })
  })

  it('calls of the official client are answered each with its own', async () => {
    const { url } = await startGated({
      concurrency,
      rpc: async ({ data }) => {
        const number = data as number
        for (let turn = 20; turn > number; turn--) await immediate()
        return number
      },
    })
    const client = await connectClient(url)
    const calls = Array.from({ length: 20 }, async (_, number) => client.rpc('echo', number))
    const answers = (await Promise.all(calls)).map(({ data }) => data as number)
    expect(answers).toEqual(Array.from({ length: 20 }, (_, number) => number))
  })

  it.each([
    ['subscribe', { subscribe: { channel: 'room' } }],
    ['unsubscribe', { unsubscribe: { channel: 'before' } }],
    ['ping', { ping: {} }],
  ])('%s waits for the calls before it, and those after it wait for it', async (_method, command) => {
    const { url, log, openGate } = await startGated({ concurrency, ...oftenPinged })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'before' } })
    await nextMessage(raw)
    raw.send({ id: 3, ...slow }, { id: 4, ...command }, { id: 5, ...fast })
    await outlivePings(raw)
    expect(log).toEqual(['subscribe before', 'slow begins'])
    openGate()
    const answers = [await nextMessage(raw), await nextMessage(raw), await nextMessage(raw)]
    expect(answers).toMatchObject([{ id: 3 }, { id: 4 }, { id: 5 }])
  })

  it('everything waits for the connect', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const { promise: connecting, resolve: isConnecting } = Promise.withResolvers<undefined>()
    const connect = async () => (isConnecting(undefined), await gate, { user: 'ann' })
    const { url, log } = await startGated({ concurrency, connect })
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: {} }, { id: 2, ...fast }, { id: 3, subscribe: { channel: 'room' } })
    await connecting
    expect(log).toEqual([])
    openGate(undefined)
    const answers = [await raw.message(), await raw.message(), await raw.message()]
    expect(answers).toMatchObject([{ id: 1, connect: {} }, { id: 2 }, { id: 3 }])
  })

  it('one call that fails spoils none beside it', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const rpc = async ({ method }: RpcCall) => {
      await gate
      if (method === 'bad') throw new Error('bad')
      return method
    }
    const { url } = await startGated({ concurrency, rpc })
    const raw = await connectRaw(url)
    raw.send(
      { id: 2, rpc: { method: 'a' } },
      { id: 3, rpc: { method: 'bad' } },
      { id: 4, rpc: { method: 'b' } },
    )
    openGate(undefined)
    const answers = [await raw.message(), await raw.message(), await raw.message()]
    expect(answers).toContainEqual({ id: 2, rpc: { data: 'a' } })
    expect(answers).toContainEqual({ id: 4, rpc: { data: 'b' } })
    expect(answers).toContainEqual(expect.objectContaining({ id: 3, error: expect.anything() as unknown }))
  })
})

describe('with any concurrency', () => {
  it.each([1, 3, 8])('%d calls are under way at most', async (concurrency) => {
    let running = 0
    let most = 0
    const rpc = async () => {
      most = Math.max(most, ++running)
      for (let turn = 0; turn < 3; turn++) await immediate()
      running--
    }
    const { url } = await startServer({ concurrency, rpc })
    const raw = await connectRaw(url)
    const ids = Array.from({ length: 200 }, (_, index) => index + 2)
    raw.send(...ids.map((id) => ({ id, rpc: {} })))
    const answered: number[] = []
    while (answered.length < ids.length) answered.push(((await raw.message()) as { id: number }).id)
    expect(answered.toSorted((left, right) => left - right)).toEqual(ids)
    expect(most).toBe(concurrency)
  })

  it('every command is answered once, and subscriptions are as if all had been done in order', async () => {
    const channel = fc.constantFrom('a', 'b')
    const command = fc.oneof(
      channel.map((name) => ({ subscribe: { channel: name } })),
      channel.map((name) => ({ unsubscribe: { channel: name } })),
      channel.map((name) => ({ history: { channel: name } })),
      fc.nat(5).map((turns) => ({ rpc: { data: turns } })),
    )
    const takeTurns = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) await immediate()
    }
    const servers = new Map<number, string>()
    for (const concurrency of [1, 2, 8]) {
      const { url } = await startServer({
        concurrency,
        commandsPerSecond: 0,
        rpc: async ({ data }) => takeTurns(data as number),
        subscribe: async () => (await takeTurns(2), {}),
      })
      servers.set(concurrency, url)
    }
    const property = fc.asyncProperty(
      fc.constantFrom(1, 2, 8),
      fc.array(command, { maxLength: 30 }),
      async (concurrency, commands) => {
        const raw = await connectRaw(servers.get(concurrency) ?? '')
        raw.send(...commands.map((given, index) => ({ id: index + 2, ...given })), { id: 1000, ping: {} })
        const answers = new Map<number, Answer>()
        for (let id = 0; id !== 1000;) {
          const answer = (await raw.message()) as Answer
          expect(answers.has(answer.id)).toBe(false)
          answers.set(answer.id, answer)
          id = answer.id
        }
        raw.ws.terminate()
        const codes = commands.map((_, index) => answers.get(index + 2)?.error?.code ?? 0)
        expect(answers.size).toBe(commands.length + 1)
        expect(codes).toEqual(codesInOrder(commands))
      },
    )
    await fc.assert(property, { numRuns: 60 })
  })
})

/** What each command is answered with if they are done one by one; 0 is no error. */
function codesInOrder(commands: object[]): number[] {
  const subscribed = new Set<string>()
  return commands.map((command) => {
    const [[method, { channel }]] = Object.entries(command) as [[string, { channel: string }]]
    const was = subscribed.has(channel)
    if (method === 'subscribe') subscribed.add(channel)
    if (method === 'unsubscribe') subscribed.delete(channel)
    if (method === 'subscribe') return was ? 105 : 0
    return method === 'history' && !was ? 103 : 0
  })
}
