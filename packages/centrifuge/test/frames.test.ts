import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flush, type FrameCache } from '../src/sessions/flush.ts'
import { jsonCodec } from '../src/protocol/json-codec.ts'
import { createSession } from '../src/sessions/session.ts'
import type { Framing } from '../src/transports/transport.ts'
import { websocketFraming } from '../src/transports/websocket-frame.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { startServer } from './support/server.ts'

const badRequest = { code: 3501, reason: 'bad request' }

describe('frames from clients', () => {
  it('may hold several commands, answered in order within one frame', async () => {
    const { url } = await startServer({ rpc: async ({ data }) => data })
    const raw = await openRaw(url)
    raw.send(
      { id: 1, connect: { token: 'ann' } },
      { id: 2, rpc: { data: 'a' } },
      { id: 3, rpc: { data: 'b' } },
    )
    expect(await raw.frame()).toMatchObject([
      { id: 1 },
      { id: 2, rpc: { data: 'a' } },
      { id: 3, rpc: { data: 'b' } },
    ])
  })

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['an empty line', '{"id":2,"rpc":{}}\n\n{"id":3,"rpc":{}}'],
    ['no id', '{"rpc":{"method":"x"}}'],
    ['an id that is too large', '{"id":4294967296,"rpc":{}}'],
    ['a fractional id', '{"id":1.5,"rpc":{}}'],
    ['a negative id', '{"id":-1,"rpc":{}}'],
    ['an unknown method', '{"id":2,"fly":{}}'],
    ['a request that is no object', '{"id":2,"rpc":7}'],
    ['a field of another type', '{"id":2,"subscribe":{"channel":7}}'],
    ['an offset of another type', '{"id":2,"subscribe":{"channel":"a","recover":true,"offset":"7"}}'],
    ['an empty channel', '{"id":2,"subscribe":{}}'],
    ['data nested beyond reason', `{"id":2,"rpc":{"data":${'['.repeat(600)}${']'.repeat(600)}}}`],
    ['a second connect', '{"id":2,"connect":{}}'],
  ])('with %s close with 3501', async (_name, text) => {
    const { url } = await startServer()
    const raw = await connectRaw(url)
    raw.ws.send(text)
    expect(await raw.closed).toEqual(badRequest)
  })

  it('close with 3501 when they ask anything before connect', async () => {
    const { url } = await startServer()
    const raw = await openRaw(url)
    raw.send({ id: 1, subscribe: { channel: 'room' } })
    expect(await raw.closed).toEqual(badRequest)
  })

  it('never do harm, whatever they hold', { timeout: 60_000 }, async () => {
    const faults: unknown[] = []
    const { url } = await startServer({
      rpc: async ({ data }) => data,
      publish: async () => ({}),
      onError: (error) => void faults.push(error),
    })
    const bystander = await connectRaw(url)
    let id = 1
    await fc.assert(
      fc.asyncProperty(
        fc.array(garbage, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (frames, isConnected) => {
          const raw = isConnected ? await connectRaw(url) : await openRaw(url)
          for (const frame of frames) raw.ws.send(frame)
          raw.ws.close(1000)
          expect([1000, 1007, 1009, 3501, 3508]).toContain((await raw.closed).code)
          bystander.send({ id: ++id, rpc: { data: id } })
          expect(await bystander.message()).toEqual({ id, rpc: { data: id } })
        },
      ),
      { numRuns: 300 },
    )
    expect(faults).toEqual([])
  })
})

const methods = [
  ...['connect', 'ping', 'subscribe', 'unsubscribe', 'publish', 'presence', 'presence_stats'],
  ...['history', 'rpc', 'send', 'refresh', 'sub_refresh'],
]
const fieldNames = [
  ...[
    'channel',
    'token',
    'data',
    'name',
    'version',
    'subs',
    'recover',
    'offset',
    'epoch',
    'flag',
    'type',
    'limit',
  ],
  ...['since', 'reverse', 'method', '__proto__', 'constructor'],
]
const scalar = fc.oneof(fc.constantFrom<unknown>('room', true, 0, -1, 1e300, null), fc.string(), fc.integer())
const anyFields = fc.dictionary(
  fc.constantFrom(...fieldNames),
  fc.oneof(scalar, fc.dictionary(fc.string(), scalar)),
)
const anyCommand = fc
  .tuple(fc.option(fc.oneof(fc.nat(), scalar)), fc.constantFrom(...methods), fc.oneof(anyFields, scalar))
  .map(([id, method, request]) => JSON.stringify({ id: id ?? undefined, [method]: request }))
const garbage = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(anyCommand, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n')),
  },
  { weight: 2, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '['.repeat(60_000),
      `{"id":2,"rpc":{"data":${'['.repeat(9000)}${']'.repeat(9000)}}}`,
    ),
  },
)

describe('frames to clients', () => {
  it('carry what happened within one turn of the event loop together, sixteen messages at most', async () => {
    const { url, centrifuge } = await startServer()
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await raw.message()
    for (let data = 0; data < 20; data++) void centrifuge.publish('room', data)
    expect(await raw.frame()).toHaveLength(16)
    expect(await raw.frame()).toHaveLength(4)
  })

  it('leave as one write', () => {
    const { frames, session } = recorder()
    for (let n = 0; n < 20; n++) session.outbox.push(Buffer.from('{}'))
    flush(session, new Map())
    expect(frames).toHaveLength(1)
  })

  it('are built once for all who are due the same', () => {
    const cache: FrameCache = new Map()
    const [first, second, third] = [recorder(), recorder(), recorder()]
    const [a, b] = [Buffer.from('{"a":1}'), Buffer.from('{"b":1}')]
    for (const [messages, { session }] of [
      [[a, b], first],
      [[a, b], second],
      [[a], third],
    ] as const) {
      session.outbox.push(...messages)
      flush(session, cache)
    }
    expect(first.frames[0]).toBe(second.frames[0])
    expect(first.frames[0]?.toString()).toContain('{"a":1}\n{"b":1}')
    expect(third.frames[0]?.toString()).not.toContain('b')
  })

  it.each([125, 126, 65_535, 65_536, 200_000])('carry %d bytes', async (length) => {
    const { url } = await startServer({
      rpc: async () => 'x'.repeat(length - '{"id":2,"rpc":{"data":""}}'.length),
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, rpc: {} })
    expect(JSON.stringify(await raw.message())).toHaveLength(length)
  })
})

const framing: Framing = websocketFraming(jsonCodec)

function recorder() {
  const frames: Buffer[] = []
  const nothing = () => undefined
  const idle = { emulated: false, bufferedBytes: () => 0, sentBytes: () => 0 }
  const transport = { name: 'websocket', framing, ...idle } as const
  const actions = { pause: nothing, resume: nothing, close: nothing, terminate: nothing }
  const write = (frame: Buffer) => void frames.push(frame)
  return { frames, session: createSession({ ...transport, ...actions, write }, jsonCodec, {}) }
}
