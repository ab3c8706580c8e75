import fc from 'fast-check'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { Disconnect } from '../../src/errors.ts'
import type { Codec } from '../../src/protocol/codec.ts'
import type { Command } from '../../src/protocol/commands.ts'
import { jsonCodec } from '../../src/protocol/json-codec.ts'
import { protobufCodec } from '../../src/protocol/protobuf-codec.ts'
import { command, withBytes } from './support/commands.ts'
import { encodeCommands } from './support/schema.ts'

const { decode } = protobufCodec
const badRequest = expect.objectContaining({ code: 3501, reason: 'bad request' }) as unknown
const validFrame = fc
  .array(command, { minLength: 1, maxLength: 3 })
  .map((all) => encodeCommands(all.map(withBytes)))

function delimited(...messages: (Buffer | Uint8Array)[]): Buffer {
  const writer = protobuf.Writer.create()
  for (const message of messages) writer.bytes(message)
  return Buffer.from(writer.finish())
}

/** A ping command between what is not of the protocol. */
function pingAmong(...hex: string[]): Buffer {
  const ping = Buffer.from('08075a00', 'hex')
  return delimited(Buffer.concat([Buffer.from(hex.join(''), 'hex'), ping, Buffer.from(hex.join(''), 'hex')]))
}

/** Anything but these two is a fault. */
function outcome(decoding: () => Command[]): 'decoded' | 'refused' {
  try {
    expect(decoding().length).toBeGreaterThan(0)
    return 'decoded'
  } catch (error) {
    expect(error).toBeInstanceOf(Disconnect)
    expect(error).toEqual(badRequest)
    return 'refused'
  }
}

function subscribeFrom(offset: string): Buffer {
  return delimited(Buffer.concat([Buffer.of(8, 7), fieldOf(0x2a, Buffer.from(`38${offset}`, 'hex'))]))
}

/** A subscription with a filter of so many levels: more than other encoders would write. */
function subscribeWith(levels: number): Buffer {
  let filter: Buffer = Buffer.alloc(0)
  for (let level = 1; level < levels; level++) filter = fieldOf(0x32, filter)
  return delimited(Buffer.concat([Buffer.of(8, 7), fieldOf(0x2a, fieldOf(0x6a, filter))]))
}

function fieldOf(tag: number, message: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), delimited(message)])
}

/** The same in JSON. */
function jsonSubscribeWith(levels: number): Buffer {
  const tf = '{"nodes":['.repeat(levels - 1) + '{}' + ']}'.repeat(levels - 1)
  return Buffer.from(`{"id":7,"subscribe":{"tf":${tf}}}`)
}

function rpcWith(levels: number): [binary: Buffer, json: Buffer] {
  const data = '['.repeat(levels) + ']'.repeat(levels)
  return [
    encodeCommands([{ id: 7, rpc: { data: Buffer.from(data) } }]),
    Buffer.from(`{"id":7,"rpc":{"data":${data}}}`),
  ]
}

describe('a frame', () => {
  it('holds many commands, in their order', () => {
    const commands = Array.from({ length: 1000 }, (_, index) => ({
      id: index + 1,
      rpc: { method: `m${index}` },
    }))
    expect(decode(encodeCommands(commands)).map(({ id }) => id)).toEqual(commands.map(({ id }) => id))
  })

  it.each([
    ['a varint', 'a00601', 'a006ffffffffffffffffff01'],
    ['64 bits', 'a1060102030405060708'],
    ['bytes', 'a20603010203', 'a20600'],
    ['a group', 'a306', '0801', 'ab06', '120100', 'ac06', 'a406'],
    ['32 bits', 'a50601020304'],
  ])('may have %s in fields that are not known', (_name, ...hex) => {
    expect(decode(pingAmong(...hex))).toEqual([{ id: 7, method: 'ping' }])
  })

  it.each([
    ['nothing', Buffer.of()],
    ['a length without an end', Buffer.of(0x80)],
    ['a length of eleven bytes', Buffer.alloc(11, 0x80)],
    ['a length beyond its end', Buffer.of(5, 8, 1)],
    ['a negative length', Buffer.from('ffffffffffffffffff01', 'hex')],
    ['something after its messages', Buffer.of(0, 9)],
    ['a field 0', pingAmong('0001')],
    ['a field number that is too large', pingAmong('ffffffff7f01')],
    ['wire type 6', pingAmong('a60601')],
    ['wire type 7', pingAmong('a70601')],
    ['a group without an end', delimited(Buffer.from('a3060801', 'hex'))],
    ['the end of no group', pingAmong('a406')],
    ['a known field of another wire type', delimited(Buffer.from('0d010000005a00', 'hex'))],
    ['a request that is no message', delimited(Buffer.from('08075801', 'hex'))],
    ['an id that is too large', delimited(Buffer.from('0880808080105a00', 'hex'))],
    ['a negative id', delimited(Buffer.from('08ffffffffffffffffff015a00', 'hex'))],
    ['a command without an id', encodeCommands([{ rpc: {} }])],
    ['a command without a method', encodeCommands([{ id: 1 }])],
    ['a text that is no UTF-8', delimited(Buffer.from('08073203' + '0a01ff', 'hex'))],
    ['nothing but filters within filters', subscribeWith(15_000)],
    ['nothing but groups within groups', delimited(Buffer.from('a306'.repeat(30_000), 'hex'))],
    ['an offset that no number holds', subscribeFrom('8080808080808010')],
    ['a negative offset', subscribeFrom('ffffffffffffffffff01')],
    ['an offset of more than 64 bits', subscribeFrom('ffffffffffffffffffff01')],
  ])('with %s is a bad request', (_name, frame) => {
    expect(() => decode(frame)).toThrow(badRequest)
  })

  it('takes the largest offset that a number holds', () => {
    const since = { offset: Number.MAX_SAFE_INTEGER, epoch: '' }
    expect(decode(encodeCommands([{ id: 1, history: { since } }]))).toMatchObject([{ request: { since } }])
  })

  it('may nest filters and data as deeply as JSON may', () => {
    const isTaken = (codec: Codec, frame: Buffer) => outcome(() => codec.decode(frame)) === 'decoded'
    for (let levels = 240; levels < 510; levels++) {
      const [binary, json] = rpcWith(levels)
      expect(isTaken(protobufCodec, binary)).toBe(isTaken(jsonCodec, json))
      expect(isTaken(protobufCodec, subscribeWith(levels))).toBe(
        isTaken(jsonCodec, jsonSubscribeWith(levels)),
      )
    }
  })

  it('does no harm, whatever it holds', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
    const message = bytes.map((bytes) => delimited(bytes))
    fc.assert(
      fc.property(fc.oneof(bytes, message), (frame) => void outcome(() => decode(frame))),
      { numRuns: 20_000 },
    )
  })

  it('does no harm when some of it is lost or garbled', () => {
    fc.assert(
      fc.property(validFrame, fc.nat(), fc.nat(), fc.nat(255), (frame, end, at, byte) => {
        outcome(() => decode(frame.subarray(0, end % frame.length)))
        frame[at % frame.length] = byte
        outcome(() => decode(frame))
      }),
      { numRuns: 5000 },
    )
  })
})
