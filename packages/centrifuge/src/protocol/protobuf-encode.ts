import { wireTypes } from './protobuf-reader.ts'
import { reply, type Field, type MessageType } from './protobuf-schema.ts'
import { createWriter, type Writer } from './protobuf-writer.ts'
import { Raw, type Fields, type Value } from './reply-fields.ts'

/** The reply that has these fields, its length before it. */
export function encodeFields(fields: Fields): Buffer {
  const writer = createWriter()
  putMessage(writer, reply, fields)
  writer.putVarint(writer.length())
  return writer.finish()
}

// Everything is put from its end to its beginning.

function putMessage(writer: Writer, message: MessageType, fields: Fields): void {
  for (const field of message.toReversed()) {
    const value = fields[field.name]
    if (value !== undefined)
      for (const one of valuesOf(field, value).toReversed()) putField(writer, field, one)
  }
}

function valuesOf({ many }: Field, value: Value): Value[] {
  if (Array.isArray(value)) return value
  // The schema's maps are objects by name.
  return many === 'map' ? Object.entries(value as Fields).map(([key, value]) => ({ key, value })) : [value]
}

function putField(writer: Writer, { number, type }: Field, value: Value): void {
  if (typeof value === 'number' || typeof value === 'boolean') {
    writer.putVarint(Number(value))
    writer.putVarint(number * 8 + wireTypes.varint)
    return
  }
  const lengthBefore = writer.length()
  putContent(writer, type, value)
  writer.putVarint(writer.length() - lengthBefore)
  writer.putVarint(number * 8 + wireTypes.bytes)
}

function putContent(writer: Writer, type: Field['type'], value: Exclude<Value, number | boolean>): void {
  const content = value instanceof Raw ? value.payload : value
  if (typeof content === 'string') writer.putText(content)
  else if (content instanceof Uint8Array) writer.putBytes(content)
  else if (Array.isArray(type) && !Array.isArray(content)) putMessage(writer, type, content)
  else throw new TypeError('centrifuge: the value does not fit the schema')
}
