import { Disconnect } from '../errors.ts'
import { asFields, textField } from '../protocol/fields.ts'
import { readBytes, readTag, readText, skipValue, wireTypes } from '../protocol/protobuf-reader.ts'

export interface EmulationRequest {
  node: string
  session: string
  /** Commands, as a frame would hold them. */
  data: Buffer
}

/** Undefined when it cannot be understood. */
export function parseEmulation(body: Buffer, isBinary: boolean): EmulationRequest | undefined {
  try {
    return isBinary ? parseProtobuf(body) : parseJson(body)
  } catch (error) {
    if (error instanceof Disconnect || error instanceof SyntaxError) return undefined
    throw error
  }
}

function parseJson(body: Buffer): EmulationRequest {
  const fields = asFields(JSON.parse(body.toString()))
  const data = Buffer.from(textField(fields, 'data'))
  return { node: textField(fields, 'node'), session: textField(fields, 'session'), data }
}

/** Message `EmulationRequest` of the client protocol's schema. */
function parseProtobuf(bytes: Buffer): EmulationRequest {
  const cursor = { bytes, at: 0 }
  const request: EmulationRequest = { node: '', session: '', data: Buffer.alloc(0) }
  while (cursor.at < bytes.length) {
    const { number, wire } = readTag(cursor)
    if (wire !== wireTypes.bytes) skipValue(cursor, wire)
    else if (number === 1) request.node = readText(cursor)
    else if (number === 2) request.session = readText(cursor)
    else if (number === 3) request.data = readBytes(cursor)
    else skipValue(cursor, wire)
  }
  return request
}
