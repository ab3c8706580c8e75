import fc from 'fast-check'
import type { ClientInfo } from '../../../src/engine/engine.ts'
import type { Push, Reply, SentPublication, SubscribeResult } from '../../../src/protocol/replies.ts'
import { offset, text } from './commands.ts'

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const payload = fc.jsonValue().map((value) => JSON.stringify(value))
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const flag = maybe(fc.boolean())
// What is kept by name: the comparison with JSON knows payloads by their names.
const name = text.map((text) => `a ${text}`)

const info: fc.Arbitrary<ClientInfo> = fc.record({
  ...{ user: text, client: name, connInfo: maybe(payload), chanInfo: maybe(payload) },
})
const publication: fc.Arbitrary<SentPublication> = fc.record({
  ...{ data: payload, offset: maybe(offset), tags: maybe(fc.dictionary(name, text)) },
  ...{ info: maybe(info), isDelta: flag },
})
const position = fc.record({ offset, epoch: text })
const publications = fc.array(publication, { maxLength: 3 })
const subscribed: fc.Arbitrary<SubscribeResult> = fc.record({
  ...{ position: maybe(position), recoverable: flag, positioned: flag, data: maybe(payload), delta: flag },
  ...{ recovery: maybe(fc.record({ recovered: fc.boolean(), publications })), ttl: maybe(uint32) },
})
const connected = fc.record({
  ...{ client: text, data: maybe(payload), ttl: maybe(uint32), ping: uint32 },
  subs: fc.dictionary(name, subscribed, { maxKeys: 3 }).map((subs) => new Map(Object.entries(subs))),
  emulation: maybe(fc.record({ session: text, node: text })),
})

export const reply: fc.Arbitrary<Reply> = fc.oneof(
  replyOf('error', fc.record({ code: uint32, message: text, temporary: fc.boolean() })),
  replyOf('connect', connected),
  replyOf('subscribe', subscribed),
  replyOf('refresh', fc.record({ ttl: maybe(uint32) })),
  replyOf('sub_refresh', fc.record({ ttl: maybe(uint32) })),
  replyOf('history', fc.record({ publications, position })),
  replyOf('presence', fc.array(info, { maxLength: 3 })),
  replyOf('presence_stats', fc.record({ clients: uint32, users: uint32 })),
  replyOf('rpc', fc.record({ data: maybe(payload) })),
  replyOf('unsubscribe', fc.constant(undefined)),
  replyOf('publish', fc.constant(undefined)),
)

export const push: fc.Arbitrary<Push> = fc.oneof(
  fc.record({ type: fc.constant('pub' as const), channel: text, publication }),
  fc.record({ type: fc.constantFrom('join', 'leave'), channel: text, info }),
  fc.record({ type: fc.constant('subscribe' as const), channel: text, result: subscribed }),
  fc.record({ type: fc.constant('unsubscribe' as const), channel: text, code: uint32, reason: text }),
  fc.record({ type: fc.constant('disconnect' as const), code: uint32, reason: text }),
)

const payloadNames = ['data', 'conn_info', 'chan_info']

/** What JSON says, with its payloads as the bytes that Protobuf has. */
export function payloadsAsBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(payloadsAsBytes)
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => {
      return [name, payloadNames.includes(name) ? Buffer.from(JSON.stringify(child)) : payloadsAsBytes(child)]
    }),
  )
}

function replyOf<M extends Reply['method'], R>(method: M, result: fc.Arbitrary<R>) {
  return fc.record({ id: uint32, method: fc.constant(method), result })
}
