import { isUtf8 } from 'node:buffer'

/** JSON text without raw newlines, or bytes that are no JSON: those only clients of the Protobuf encoding can take. */
export type Payload = string | Uint8Array

/** Of a value from the application: bytes stay as they are, all else must have a JSON form. */
export function payloadOf(value: unknown): Payload {
  if (value instanceof Uint8Array) return value
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError('centrifuge: the value has no JSON form')
  return text
}

export function optionalPayload(value: unknown): Payload | undefined {
  return value === undefined ? undefined : payloadOf(value)
}

/** The value in a client's bytes: what their JSON says, or the bytes where they are none. */
export function valueOf(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) return bytes
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as unknown
  } catch {
    return bytes
  }
}

export function bytesOf(payload: Payload): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload
}
