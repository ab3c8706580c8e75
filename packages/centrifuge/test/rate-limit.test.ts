import { describe, expect, it } from 'vitest'
import type { Options, RpcCall } from '../src/index.ts'
import { connectClient, createClient, nextEvent } from './support/client.ts'
import { nextMessage, oftenPinged, outlivePings } from './support/lifeline.ts'
import { connectRaw, type RawClient } from './support/raw.ts'
import { startServer } from './support/server.ts'

interface Answer {
  id: number
  error?: { code: number; message: string; temporary?: boolean }
}

const tooMany = { code: 111, message: 'too many requests', temporary: true }

/** Regains nothing while a test goes on. */
const scarce = { commandsPerSecond: 0.01, commandsBurst: 5 }

/** Answers the number it is given, and keeps it. */
function numbers() {
  const taken: unknown[] = []
  const rpc = async ({ data }: RpcCall) => (taken.push(data), data)
  return { taken, rpc }
}

function ask(raw: RawClient, from: number, to: number): void {
  const ids = Array.from({ length: to - from + 1 }, (_, index) => from + index)
  raw.send(...ids.map((id) => ({ id, rpc: { data: id } })))
}

async function answersTo(raw: RawClient, from: number, to: number): Promise<Answer[]> {
  ask(raw, from, to)
  const answers: Answer[] = []
  while (answers.length <= to - from) answers.push((await nextMessage(raw)) as Answer)
  return answers.toSorted((left, right) => left.id - right.id)
}

describe('commands', () => {
  it('may come many at once, and are refused with 111 beyond that', async () => {
    const { rpc, taken } = numbers()
    const { url } = await startServer({ ...scarce, rpc })
    const raw = await connectRaw(url) // the first of five
    expect(await answersTo(raw, 2, 8)).toEqual([
      { id: 2, rpc: { data: 2 } },
      { id: 3, rpc: { data: 3 } },
      { id: 4, rpc: { data: 4 } },
      { id: 5, rpc: { data: 5 } },
      { id: 6, error: tooMany },
      { id: 7, error: tooMany },
      { id: 8, error: tooMany },
    ])
    expect(taken).toEqual([2, 3, 4, 5])
  })

  it('that were accepted are answered, however many are refused meanwhile', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const rpc = async ({ data }: RpcCall) => (await gate, data)
    const { url } = await startServer({ ...scarce, rpc })
    const raw = await connectRaw(url)
    ask(raw, 2, 9)
    for (const id of [6, 7, 8, 9]) expect(await raw.message()).toEqual({ id, error: tooMany })
    openGate(undefined)
    for (const id of [2, 3, 4, 5]) expect(await raw.message()).toEqual({ id, rpc: { data: id } })
  })

  it('that go on coming close with 3013, after which the official client is back', async () => {
    const { rpc } = numbers()
    const { url, centrifuge } = await startServer({ ...scarce, rpc })
    const raw = await connectRaw(url)
    ask(raw, 2, 10)
    ask(raw, 11, 11)
    expect(await raw.closed).toEqual({ code: 3013, reason: 'too many requests' })

    const client = await connectClient(url)
    const connecting = nextEvent(client, 'connecting')
    const connected = nextEvent(client, 'connected')
    const calls = Promise.allSettled(Array.from({ length: 10 }, async (_, data) => client.rpc('echo', data)))
    expect(await connecting).toEqual({ code: 3013, reason: 'too many requests' })
    await connected
    expect((await calls).map(({ status }) => status)).toContain('rejected')
    expect(await client.rpc('echo', 7)).toEqual({ data: 7 })
    expect(centrifuge.metrics().disconnects).toMatchObject({ 3013: 2 })
  })

  it('are refused to the one connection that sends too many', async () => {
    const { rpc } = numbers()
    const { url } = await startServer({ ...scarce, rpc })
    const [busy, calm] = [await connectRaw(url), await connectRaw(url)]
    await answersTo(busy, 2, 6)
    expect(await answersTo(calm, 2, 5)).toMatchObject([{ rpc: {} }, { rpc: {} }, { rpc: {} }, { rpc: {} }])
  })

  it('do not include pongs', async () => {
    const { url } = await startServer({ ...scarce, ...oftenPinged, commandsBurst: 1 })
    const raw = await connectRaw(url)
    await outlivePings(raw)
    await outlivePings(raw)
    expect(await answersTo(raw, 2, 2)).toEqual([{ id: 2, error: tooMany }])
  })

  it('may come again when time has passed, and the refused ones are forgotten', async () => {
    const { rpc } = numbers()
    const limits: Partial<Options> = { commandsPerSecond: 100, commandsBurst: 2 }
    const { url } = await startServer({ ...limits, ...oftenPinged, rpc })
    const raw = await connectRaw(url)
    for (let round = 0; round < 3; round++) {
      // Between two pings pass 60 ms, in which it regains more than two.
      await outlivePings(raw)
      const answers = await answersTo(raw, 2, 4)
      expect(answers[0]).toEqual({ id: 2, rpc: { data: 2 } })
    }
  })

  it('of the official client come again by themselves where that is safe', async () => {
    const { url, centrifuge } = await startServer({ commandsPerSecond: 50, commandsBurst: 4 })
    const client = createClient(url, { token: 'ann' })
    const delays = { minResubscribeDelay: 20, maxResubscribeDelay: 200 }
    const subscriptions = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => client.newSubscription(name, delays))
    for (const subscription of subscriptions) subscription.subscribe()
    client.connect()
    await Promise.all(subscriptions.map(async (subscription) => subscription.ready()))
    expect(centrifuge.metrics().errors).toHaveProperty('111')
  })

  it('are not counted at all where the rate is 0', async () => {
    const { rpc, taken } = numbers()
    const { url } = await startServer({ commandsPerSecond: 0, commandsBurst: 0, rpc })
    const raw = await connectRaw(url)
    const answers = await answersTo(raw, 2, 1500)
    expect(answers.filter(({ error }) => error)).toEqual([])
    expect(taken).toHaveLength(1499)
  })
})
