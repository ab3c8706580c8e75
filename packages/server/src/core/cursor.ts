import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { ChatError } from './errors.ts'

type CursorValue = string | number

export interface Cursors {
  /** Numbers must be finite. */
  encode(kind: string, values: CursorValue[]): string
  /** Throws ChatError `invalid` on field `cursor` for anything that `encode` did not give out for this kind. */
  decode(kind: string, text: string): CursorValue[]
}

const VERSION = 1
const MAC_BYTES = 16

/** Opaque page positions that clients can neither forge nor carry from one list to another. */
export function createCursors(secret: Buffer): Cursors {
  // From bytes, each signature would make a key anew, which takes four times as long as to sign.
  const key = createSecretKey(secret)
  return {
    encode(kind, values) {
      const body = Buffer.concat([Buffer.of(VERSION), Buffer.from(JSON.stringify(values))])
      return Buffer.concat([body, sign(key, kind, body)]).toString('base64url')
    },
    decode(kind, text) {
      const bytes = Buffer.from(text, 'base64url')
      const body = bytes.subarray(0, -MAC_BYTES)
      // Node's decoder overlooks stray characters and spare bits: only the canonical spelling counts.
      if (body.length === 0 || bytes.toString('base64url') !== text) throw badCursor()
      if (!timingSafeEqual(sign(key, kind, body), bytes.subarray(-MAC_BYTES))) throw badCursor()
      if (body[0] !== VERSION) throw badCursor()
      // Signed for this kind, hence written by encode.
      return JSON.parse(body.toString('utf8', 1)) as CursorValue[]
    },
  }
}

function sign(key: KeyObject, kind: string, body: Buffer): Buffer {
  const mac = createHmac('sha256', key).update(`${kind.length}:${kind}`).update(body)
  return mac.digest().subarray(0, MAC_BYTES)
}

function badCursor(): ChatError {
  return new ChatError('invalid', 'The cursor is not valid.', 'cursor')
}
