import { isUtf8 } from 'node:buffer'
import { disconnect } from '../errors.ts'

/** Where reading has come to. */
export interface Cursor {
  readonly bytes: Buffer
  at: number
}

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

const maxTag = 0xffff_ffff

export function readTag(cursor: Cursor): { number: number; wire: number } {
  const tag = readVarint(cursor)
  if (tag < 8 || tag > maxTag) throw disconnect('badRequest')
  return { number: Math.floor(tag / 8), wire: tag % 8 }
}

/** A signed integer of 64 bits, and an unsafe one where a number cannot hold it. */
export function readVarint(cursor: Cursor): number {
  const first = readByte(cursor)
  return first < 0x80 ? first : readRest(cursor, BigInt(first & 0x7f))
}

function readRest(cursor: Cursor, first: bigint): number {
  let value = first
  for (let shift = 7n; shift < 70n; shift += 7n) {
    const byte = readByte(cursor)
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return Number(BigInt.asIntN(64, value))
  }
  throw disconnect('badRequest')
}

export function readBytes(cursor: Cursor): Buffer {
  return take(cursor, readVarint(cursor))
}

export function readText(cursor: Cursor): string {
  const bytes = readBytes(cursor)
  if (!isUtf8(bytes)) throw disconnect('badRequest')
  return bytes.toString()
}

/** A group is deprecated but legal, so what is within it is skipped too. */
export function skipValue(cursor: Cursor, wire: number): void {
  let groups = 0
  for (let next = wire; ; next = readTag(cursor).wire) {
    if (next === wireTypes.groupStart) groups++
    else if (next === wireTypes.groupEnd) groups--
    else skipPlain(cursor, next)
    if (groups < 0) throw disconnect('badRequest')
    if (groups === 0) return
  }
}

function skipPlain(cursor: Cursor, wire: number): void {
  switch (wire) {
    case wireTypes.varint:
      return void readVarint(cursor)
    case wireTypes.fixed64:
      return void take(cursor, 8)
    case wireTypes.bytes:
      return void readBytes(cursor)
    case wireTypes.fixed32:
      return void take(cursor, 4)
    default:
      throw disconnect('badRequest')
  }
}

function readByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++]
  if (byte === undefined) throw disconnect('badRequest')
  return byte
}

function take(cursor: Cursor, length: number): Buffer {
  const { bytes, at } = cursor
  if (length < 0 || length > bytes.length - at) throw disconnect('badRequest')
  cursor.at += length
  return bytes.subarray(at, cursor.at)
}
