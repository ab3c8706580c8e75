import { Agent, request } from 'node:http'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RpcCall } from '../../src/index.ts'
import { createClientBy, ways } from '../support/client.ts'
import { connectStream, emulate } from '../support/raw.ts'
import { startServer } from '../support/server.ts'

const numbers = Array.from({ length: 100 }, (_, index) => index)

describe('requests of an emulated client', () => {
  it('are answered on its stream', async () => {
    const { base } = await startServer({ rpc: async ({ data }) => data })
    const stream = await connectStream(base)
    expect(await emulate(base, stream, { id: 2, rpc: { data: 'a' } }, { id: 3, rpc: { data: 'b' } })).toBe(
      204,
    )
    expect(await stream.message()).toEqual({ id: 2, rpc: { data: 'a' } })
    expect(await stream.message()).toEqual({ id: 3, rpc: { data: 'b' } })
  })

  it('reach this node only', async () => {
    const { base } = await startServer()
    const stream = await connectStream(base)
    expect(await emulate(base, { ...stream, node: 'another' }, { id: 2, rpc: {} })).toBe(404)
  })

  it.each([
    ['a number', { session: 1 }],
    ['an object', { data: {} }],
    ['a list', { node: [] }],
  ])('are refused with %s where there should be a text', async (_name, wrong) => {
    const { base } = await startServer()
    const body = JSON.stringify({ ...(await connectStream(base)), data: '{}', ...wrong })
    expect(await fetch(`${base}/emulation`, { method: 'POST', body })).toMatchObject({ status: 400 })
  })

  it('close it with 3501 when they say nothing it understands', async () => {
    const { base } = await startServer()
    const stream = await connectStream(base)
    expect(await emulate(base, stream)).toBe(204)
    expect(await stream.message()).toEqual({ push: { disconnect: { code: 3501, reason: 'bad request' } } })
    expect(await stream.message()).toBeUndefined()
  })

  it('are done in order of arrival', async () => {
    const done: unknown[] = []
    const { base } = await startServer({ rpc: async ({ data }) => void done.push(data) })
    const stream = await connectStream(base)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const posted = numbers.map((number) => {
      const data = JSON.stringify({ id: number + 2, rpc: { data: number } })
      const posting = request(`${base}/emulation`, { method: 'POST', agent })
      posting.end(JSON.stringify({ session: stream.session, node: stream.node, data }))
      return once(posting, 'response').then(([response]: { resume(): void }[]) => response?.resume())
    })
    await Promise.all(posted)
    for (const number of numbers) expect(await stream.message()).toEqual({ id: number + 2, rpc: {} })
    expect(done).toEqual(numbers)
  })
})

describe.each(ways.filter(({ transport }) => transport !== 'websocket'))(
  'a hasty client by $transport in $encoding',
  (way) => {
    it('has every command answered, and those of one batch in order', async () => {
      const seen: number[] = []
      const { base } = await startServer({
        rpc: async ({ method }: RpcCall) => void seen.push(Number(method)),
      })
      const client = createClientBy(way, base)
      client.connect()
      await client.ready()
      await Promise.all(numbers.map((number) => client.rpc(String(number), new Uint8Array())))
      expect(seen.splice(0).toSorted((left, right) => left - right)).toEqual(numbers)
      client.startBatching()
      const batch = numbers.map((number) => client.rpc(String(number), new Uint8Array()))
      client.stopBatching()
      await Promise.all(batch)
      expect(seen).toEqual(numbers)
    })
  },
)

describe('an emulated client that asks faster than it is answered', () => {
  const many = numbers.map((number) => ({ id: number + 2, rpc: { data: number } }))

  it('waits for its answers, in order', async () => {
    const { promise: gate, resolve: openGate } = Promise.withResolvers<undefined>()
    const { base } = await startServer({
      rpc: async ({ data, user }) => (user === 'ann' && (await gate), data),
    })
    const stream = await connectStream(base)
    await emulate(base, stream, ...many)
    const log: string[] = []
    const held = emulate(base, stream, { id: 200, rpc: { data: 'held' } }).then((code) =>
      log.push(`answered ${code}`),
    )
    const bystander = await connectStream(base, { token: 'bob' })
    await emulate(base, bystander, { id: 2, rpc: {} })
    await bystander.message()
    expect(log).toEqual([])
    openGate(undefined)
    await held
    expect(log).toEqual(['answered 204'])
    for (const { id } of [...many, { id: 200 }]) expect(await stream.message()).toMatchObject({ id })
  })

  it('is closed with 3008 when it goes on', async () => {
    const { base } = await startServer({ rpc: () => new Promise(() => undefined), queueMaxBytes: 10_000 })
    const stream = await connectStream(base)
    await emulate(base, stream, ...many)
    const codes = await Promise.all(
      numbers.slice(0, 10).map((id) => emulate(base, stream, { id: id + 200, rpc: {} })),
    )
    expect(codes.toSorted()).toEqual([204, 204, 204, 204, 204, 204, 204, 204, 204, 429])
    expect(await stream.message()).toEqual({ push: { disconnect: { code: 3008, reason: 'slow' } } })
    expect(await stream.message()).toBeUndefined()
  })
})
