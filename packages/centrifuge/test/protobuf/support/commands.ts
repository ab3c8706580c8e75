import fc from 'fast-check'

export const text = fc.string({ unit: 'binary', maxLength: 80 })
export const offset = fc.oneof(fc.nat(), fc.maxSafeNat())
const signed = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

const data = fc.jsonValue()
const headers = fc.dictionary(text, text)
const recover = some({ recover: fc.boolean(), offset, epoch: text })
const { node: filter } = fc.letrec((tie) => ({
  node: some({
    ...{ op: text, key: text, cmp: text, val: text, vals: fc.array(text, { maxLength: 3 }) },
    nodes: fc.array(tie('node'), { maxLength: 2 }),
  }),
}))
const subscribe = some({
  ...{ channel: text, token: text, recover: fc.boolean(), offset, epoch: text, data },
  ...{ positioned: fc.boolean(), recoverable: fc.boolean(), join_leave: fc.boolean(), delta: text },
  ...{ tf: filter, flag: offset, type: signed },
})
const request = fc.oneof(
  some({
    connect: some({
      ...{ token: text, data, name: text, version: text, headers },
      subs: fc.dictionary(text, recover),
    }),
  }),
  some({ subscribe }),
  some({ unsubscribe: some({ channel: text }), publish: some({ channel: text, data }) }),
  some({ presence: some({ channel: text }), presence_stats: some({ channel: text }) }),
  some({
    history: some({
      ...{ channel: text, limit: signed, reverse: fc.boolean() },
      since: some({ offset, epoch: text }),
    }),
  }),
  some({ ping: fc.constant({}), send: some({ data }) }),
  some({ rpc: some({ method: text, data }) }),
  some({ refresh: some({ token: text }), sub_refresh: some({ channel: text, token: text }) }),
)

const id = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 2 ** 32 - 1 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, undefined) },
)

/** What a client may say in JSON: more than is allowed, with every field there or not. */
export const command = fc.tuple(id, request).map(([id, fields]) => ({ id, ...fields }))

/** The same in Protobuf, where a payload is bytes. */
export function withBytes(command: object): object {
  return Object.fromEntries(Object.entries(command).map(([name, value]) => [name, requestWithBytes(value)]))
}

function requestWithBytes(request: unknown): unknown {
  if (typeof request !== 'object' || request === null || !('data' in request)) return request
  return { ...request, data: Buffer.from(JSON.stringify(request.data)) }
}

function some<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return fc.record<T, never>(fields, { requiredKeys: [] })
}
