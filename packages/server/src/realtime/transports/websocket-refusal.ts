import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers a handshake with something else than a connection, and ends it. */
export function refuseUpgrade(socket: Duplex, status: number, body: unknown): void {
  // Without a listener a client that has already gone would take the process with it.
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  const text = JSON.stringify(body)
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(text)}`,
      '',
      text,
    ].join('\r\n'),
  )
}
