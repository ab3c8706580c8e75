import { disconnect } from '../errors.ts'
import { valueOf } from '../payload.ts'
import type { Command } from './commands.ts'
import { asText, type Fields } from './fields.ts'
import { maxDepth, parseCommand } from './parse-command.ts'
import {
  readBytes,
  readTag,
  readText,
  readVarint,
  skipValue,
  wireTypes,
  type Cursor,
} from './protobuf-reader.ts'
import { command, type Field, type MessageType } from './protobuf-schema.ts'

export function decodeFrame(frame: Buffer): Command[] {
  const cursor = { bytes: frame, at: 0 }
  const commands: Command[] = []
  do {
    const bytes = readBytes(cursor)
    commands.push(parseCommand(readMessage(bytes, command, 0), bytes.length))
  } while (cursor.at < frame.length)
  return commands
}

/** The fields as JSON would have them: unknown ones stay out, of a field that comes twice the last one holds. */
function readMessage(bytes: Buffer, message: MessageType, depth: number): Fields {
  if (depth > maxDepth) throw disconnect('badRequest')
  const fields: Fields = {}
  const cursor = { bytes, at: 0 }
  while (cursor.at < bytes.length) {
    const { number, wire } = readTag(cursor)
    const field = message.find((known) => known.number === number)
    if (!field) skipValue(cursor, wire)
    else if (wire === wireOf(field)) setField(fields, field, readValue(cursor, field, depth))
    else throw disconnect('badRequest')
  }
  return fields
}

function wireOf({ type }: Field): number {
  return type === 'integer' || type === 'flag' ? wireTypes.varint : wireTypes.bytes
}

function readValue(cursor: Cursor, { type }: Field, depth: number): unknown {
  switch (type) {
    case 'integer':
      return readVarint(cursor)
    case 'flag':
      return readVarint(cursor) !== 0
    case 'text':
      return readText(cursor)
    case 'payload':
      return readPayload(cursor)
    default:
      return readMessage(readBytes(cursor), type, depth + 1)
  }
}

/** A copy, which may be kept for long without keeping the frame. */
function readPayload(cursor: Cursor): unknown {
  const bytes = readBytes(cursor)
  return bytes.length > 0 ? valueOf(new Uint8Array(bytes)) : undefined
}

function setField(fields: Fields, { name, many }: Field, value: unknown): void {
  // What is cast here was made here.
  if (many === 'list') ((fields[name] ??= []) as unknown[]).push(value)
  else if (many === 'map') setEntry((fields[name] ??= Object.create(null)) as Fields, value as Fields)
  else fields[name] = value
}

function setEntry(entries: Fields, { key, value }: Fields): void {
  entries[asText(key ?? '')] = value
}
