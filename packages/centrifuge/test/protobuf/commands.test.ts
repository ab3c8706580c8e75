import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Disconnect } from '../../src/errors.ts'
import type { Codec } from '../../src/protocol/codec.ts'
import type { Method } from '../../src/protocol/commands.ts'
import { jsonCodec } from '../../src/protocol/json-codec.ts'
import { protobufCodec } from '../../src/protocol/protobuf-codec.ts'
import { command, withBytes } from './support/commands.ts'
import { encodeCommands, official } from './support/schema.ts'

const numRuns = 1000

/** The commands, or the code with which the connection ends. */
function decoded(codec: Codec, frame: Uint8Array): unknown {
  try {
    return codec.decode(Buffer.from(frame))
  } catch (error) {
    if (error instanceof Disconnect) return error.code
    throw error
  }
}

function decodeOne(method: Method, request: object) {
  const [command] = protobufCodec.decode(encodeCommands([{ id: 1, [method]: request }]))
  expect(command?.method).toBe(method)
  return command?.request as Record<string, unknown> // whose fields each test asks for
}

describe('a command', () => {
  it.each([
    ['client.proto', encodeCommands],
    ['the official client', (commands: object[]) => official.encodeCommands(commands)],
  ])('by the definitions of %s means what its JSON means', (_name, encode) => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 4 }), (commands) => {
        const json = Buffer.from(commands.map((one) => JSON.stringify(one)).join('\n'))
        const binary = encode(commands.map(withBytes))
        expect(decoded(protobufCodec, binary)).toEqual(decoded(jsonCodec, json))
      }),
      { numRuns },
    )
  })

  it('keeps the positions and headers whose names objects have already', () => {
    const subs = Object.fromEntries([['__proto__', { recover: true, offset: 7 }]])
    const headers = Object.fromEntries([['__proto__', 'a']])
    const { recover, headers: kept } = decodeOne('connect', { subs, headers })
    expect(recover).toEqual(new Map([['__proto__', { offset: 7, epoch: '' }]]))
    expect(Object.entries(kept as object)).toEqual([['__proto__', 'a']])
  })

  it('without anything is the answer to a ping', () => {
    expect(protobufCodec.decode(Buffer.of(0))).toEqual([{ id: 0, method: 'pong' }])
  })

  it('may ask for a negative limit', () => {
    expect(decodeOne('history', { limit: -1 })).toMatchObject({ limit: -1 })
  })

  it.each([
    ['no JSON', 'ff00', new Uint8Array([255, 0])],
    ['JSON', Buffer.from('{"a":1}').toString('hex'), { a: 1 }],
    ['nothing', '', undefined],
  ])('carries %s as its data', (_name, hex, data) => {
    expect(decodeOne('rpc', { data: Buffer.from(hex, 'hex') }).data).toEqual(data)
  })

  it('keeps bytes that are no JSON apart from the frame they came in', () => {
    const frame = encodeCommands([{ id: 1, rpc: { data: Buffer.of(255, 0) } }])
    const commands = protobufCodec.decode(frame)
    frame.fill(1)
    expect(commands).toMatchObject([{ request: { data: new Uint8Array([255, 0]) } }])
  })
})
