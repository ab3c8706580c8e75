import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

/** Takes an upgrade, or answers false and leaves the socket alone. */
export type Take = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

/** Hands WebSocket upgrades to whoever takes them. Node leaves the socket to us: what nobody takes must be ended. */
export function routeUpgrades(server: Server, takers: Take[]): void {
  server.on('upgrade', (request, socket, head) => {
    if (!takers.some((take) => take(request, socket, head))) refuse(socket)
  })
}

function refuse(socket: Duplex): void {
  socket.on('error', () => socket.destroy())
  socket.on('finish', () => socket.destroy())
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}
