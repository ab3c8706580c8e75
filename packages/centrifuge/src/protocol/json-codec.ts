import { isUtf8 } from 'node:buffer'
import type { Payload } from '../payload.ts'
import type { Codec } from './codec.ts'
import { decodeFrame } from './json-decode.ts'
import { encodeFields } from './json-encode.ts'
import { pushFields, replyFields } from './reply-fields.ts'

/** One JSON object per line, several lines per frame. */
export const jsonCodec: Codec = {
  name: 'json',
  binary: false,
  separator: '\n',
  ping: Buffer.from('{}'),
  decode: decodeFrame,
  encodeReply: (reply) => Buffer.from(encodeFields(replyFields(reply))),
  encodePush: (push) => Buffer.from(encodeFields(pushFields(push))),
  deltaForm,
}

/** A difference may cut a character in two, and then it has no text. */
function deltaForm(payload: Payload): Payload | undefined {
  if (typeof payload === 'string') return JSON.stringify(payload)
  return isUtf8(payload) ? JSON.stringify(Buffer.from(payload).toString()) : undefined
}
