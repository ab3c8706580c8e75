import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

export function refuseUpgrade(socket: Duplex, status: 403 | 404 | 503): void {
  // Without a listener a client that has already gone would take the process with it.
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  const text = `${STATUS_CODES[status]}\n`
  const headers = ['Connection: close', 'Content-Type: text/plain', `Content-Length: ${text.length}`]
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, '', text].join('\r\n'))
}
