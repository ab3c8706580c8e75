import type { Codec } from './codec.ts'
import { decodeFrame } from './protobuf-decode.ts'
import { encodeFields } from './protobuf-encode.ts'
import { pushFields, replyFields } from './reply-fields.ts'

/** Messages of proto/client.proto, each with its length before it (as a varint), several per frame. */
export const protobufCodec: Codec = {
  name: 'protobuf',
  binary: true,
  separator: '',
  ping: encodeFields({}),
  decode: decodeFrame,
  encodeReply: (reply) => encodeFields(replyFields(reply)),
  encodePush: (push) => encodeFields(pushFields(push)),
  deltaForm: (payload) => payload,
}
