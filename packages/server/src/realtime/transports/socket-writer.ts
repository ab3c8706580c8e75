import type { Duplex } from 'node:stream'
import { createTurns } from '@parley/centrifuge'

const FINAL_TEXT = 0x81

/** What may be held back for the end of a turn, in bytes: what waits is what tells who does not read. */
const MOST_HELD = 64 * 1024

/** Writes to a socket. What it is given in a turn of the event loop leaves together (`createTurns`), unless it is much. */
export type WriteTo = (socket: Duplex, bytes: Buffer) => void

export function createWriter(): WriteTo {
  const due = createTurns<Duplex>((sockets) => {
    for (const socket of sockets) socket.uncork()
  })

  return (socket, bytes) => {
    due(socket)
    if (socket.writableCorked === 0) socket.cork()
    socket.write(bytes)
    if (socket.writableLength > MOST_HELD) socket.uncork()
  }
}

/** A WebSocket frame of text (RFC 6455, 5.2), built once for all who are sent the same. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([frameHeader(payload.length), payload])
}

function frameHeader(length: number): Buffer {
  if (length < 126) return Buffer.from([FINAL_TEXT, length])
  if (length < 65_536) return Buffer.from([FINAL_TEXT, 126, length >> 8, length & 255])
  const header = Buffer.from([FINAL_TEXT, 127, 0, 0, 0, 0, 0, 0, 0, 0])
  header.writeBigUInt64BE(BigInt(length), 2)
  return header
}
