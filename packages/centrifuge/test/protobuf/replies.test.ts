import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/protocol/codec.ts'
import { jsonCodec } from '../../src/protocol/json-codec.ts'
import { protobufCodec } from '../../src/protocol/protobuf-codec.ts'
import type { Push } from '../../src/protocol/replies.ts'
import { payloadsAsBytes, push, reply } from './support/replies.ts'
import { decodeReplies, official, withDefaults } from './support/schema.ts'

const numRuns = 1000

function expectSame(binary: Message, json: Message): void {
  // An object, as everything the codec says.
  const expected = [withDefaults(payloadsAsBytes(JSON.parse(json.toString())) as object)]
  expect(decodeReplies(binary)).toEqual(expected)
  expect(official.decodeReplies(binary).map(withDefaults)).toEqual(expected)
}

const bytes = new Uint8Array([255, 0, 34, 10])
const publicationOf = (data: string | Uint8Array): Push => {
  return { type: 'pub', channel: 'room', publication: { data, offset: 7 } }
}

describe('what is sent', () => {
  it('in reply says what JSON says', () => {
    fc.assert(
      fc.property(reply, (reply) =>
        expectSame(protobufCodec.encodeReply(reply), jsonCodec.encodeReply(reply)),
      ),
      { numRuns },
    )
  })

  it('unasked says what JSON says', () => {
    fc.assert(
      fc.property(push, (push) => expectSame(protobufCodec.encodePush(push), jsonCodec.encodePush(push))),
      { numRuns },
    )
  })

  it('may go together in one frame, one after the other', () => {
    fc.assert(
      fc.property(fc.array(push, { maxLength: 5 }), (pushes) => {
        const messages = pushes.map(protobufCodec.encodePush)
        const frame = Buffer.concat([...messages, protobufCodec.ping])
        expect(decodeReplies(frame)).toEqual([...messages, protobufCodec.ping].flatMap(decodeReplies))
      }),
    )
  })

  it('as a ping is an empty reply', () => {
    expect(protobufCodec.ping).toEqual(Buffer.of(0))
  })

  it('may be bytes that are no JSON, but not to clients of JSON', () => {
    const data = Buffer.from(bytes).toString('base64')
    expect(decodeReplies(protobufCodec.encodePush(publicationOf(bytes)))).toMatchObject([
      { push: { pub: { data } } },
    ])
    expect(() => jsonCodec.encodePush(publicationOf(bytes))).toThrow(expect.objectContaining({ code: 3506 }))
  })

  it.each([0, 126, 128, 500, 16_382, 16_384, 300_000])('may be a payload of %d bytes', (length) => {
    const payload = 'ß'.repeat(length / 2)
    const data = Buffer.from(payload).toString('base64')
    const frame = protobufCodec.encodePush(publicationOf(payload))
    expect(decodeReplies(frame)).toMatchObject([{ push: { channel: 'room', pub: { data } } }])
  })

  it('as a difference has the form it has', () => {
    expect(protobufCodec.deltaForm('{"a":1}')).toBe('{"a":1}')
    expect(protobufCodec.deltaForm(bytes)).toBe(bytes)
  })
})
