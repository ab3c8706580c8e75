import { encodePush, encodeReply } from './json-encode.ts'
import { decodeFrame } from './json-decode.ts'
import type { Codec } from './codec.ts'

/** One JSON object per line, several lines per frame. */
export const jsonCodec: Codec = {
  binary: false,
  separator: '\n',
  ping: Buffer.from('{}'),
  decode: decodeFrame,
  encodeReply: (reply) => Buffer.from(encodeReply(reply)),
  encodePush: (push) => Buffer.from(encodePush(push)),
}
