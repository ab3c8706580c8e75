import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { closeSession } from '../sessions/close.ts'
import { receive } from '../sessions/dispatch.ts'
import { closings } from '../errors.ts'
import type { Node } from '../node.ts'
import { isOriginAllowed } from './origin.ts'
import { jsonCodec } from '../protocol/json-codec.ts'
import { createSession } from '../sessions/session.ts'
import type { Transport } from './transport.ts'
import { websocketFraming } from './websocket-frame.ts'

const jsonFraming = websocketFraming(jsonCodec)

export type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

export function websocketUpgrade(node: Node): HandleUpgrade {
  const server = createServer(node)
  return (request, socket, head) => {
    if (request.url?.split('?')[0] !== node.settings.path) return false
    const refused = refusedStatus(node, request)
    if (refused) refuse(socket, refused)
    else server.handleUpgrade(request, socket, head, (ws) => open(node, { ws, socket, request }))
    return true
  }
}

function createServer({ settings }: Node): WebSocketServer {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: settings.messageMaxBytes,
    // Known to ws since 8.19, not yet to its types.
    closeTimeout: settings.closeTimeout,
    handleProtocols: (offered: Set<string>) =>
      offered.has('centrifuge-json') ? 'centrifuge-json' : (false as const),
  }
  return new WebSocketServer(options)
}

function refusedStatus(node: Node, request: IncomingMessage): string | undefined {
  const { allowedOrigins, maxConnections } = node.settings
  if (node.isClosing || (maxConnections > 0 && node.sessions.size >= maxConnections))
    return '503 Service Unavailable'
  return isOriginAllowed(request, allowedOrigins) ? undefined : '403 Forbidden'
}

function refuse(socket: Duplex, status: string): void {
  // Without a listener a client that has already gone would take the process with it.
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function open(
  node: Node,
  { ws, socket, request }: { ws: WebSocket; socket: Duplex; request: IncomingMessage },
): void {
  const session = createSession(websocketTransport(ws, socket), jsonCodec, request.headers)
  if (node.settings.staleTimeout > 0) session.staleAt = performance.now() + node.settings.staleTimeout
  node.sessions.add(session)
  // Buffers, because `binaryType` is left as it is.
  ws.on('message', (frame) => receive(node, session, frame as Buffer))
  // The close that follows says enough.
  ws.on('error', () => undefined)
  ws.on('close', () => {
    node.sessions.delete(session)
    closeSession(node, session, closings.connectionClosed)
    session.onGone?.()
  })
}

/**
 * Frames are shared between sockets, so they are written to the socket as they are, past `ws`, which would build each
 * one anew. `ws` itself writes whole frames only, so the two do not mix.
 */
function websocketTransport(ws: WebSocket, socket: Duplex): Transport {
  return {
    name: 'websocket',
    framing: jsonFraming,
    write: (frame) => {
      if (ws.readyState === WebSocket.OPEN) socket.write(frame)
    },
    bufferedBytes: () => socket.writableLength,
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    close: (code, reason) => ws.close(code, reason),
    terminate: () => ws.terminate(),
  }
}
