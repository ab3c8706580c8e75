import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Node } from '../node.ts'
import type { Codec } from '../protocol/codec.ts'
import { jsonCodec } from '../protocol/json-codec.ts'
import { protobufCodec } from '../protocol/protobuf-codec.ts'
import { receive } from '../sessions/dispatch.ts'
import { endSession, hasRoom, openSession } from './open-session.ts'
import { isOriginAllowed } from './origin.ts'
import { pathOf, queryOf } from './query.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import { startPings } from './websocket-pings.ts'
import { websocketTransport } from './websocket-transport.ts'

/** After the prefix. */
export const websocketPath = '/connection/websocket'

export type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

interface Upgraded {
  ws: WebSocket
  socket: Duplex
  request: IncomingMessage
}

/** By the server's preference. */
const subprotocols = ['centrifuge-protobuf', 'centrifuge-json']

const upgraded = new WeakSet<IncomingMessage>()

/** Whether its socket has been taken, to be upgraded or refused. */
export function isUpgraded(request: IncomingMessage): boolean {
  return upgraded.has(request)
}

export function websocketUpgrade(node: Node): HandleUpgrade {
  const server = createServer(node)
  return (request, socket, head) => {
    if (pathOf(request) !== node.settings.prefix + websocketPath) return false
    upgraded.add(request)
    if (!hasRoom(node)) refuseUpgrade(socket, 503)
    else if (!isOriginAllowed(request, node.settings.allowedOrigins)) refuseUpgrade(socket, 403)
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
    handleProtocols: (offered: Set<string>) => subprotocols.find((name) => offered.has(name)) ?? false,
  }
  return new WebSocketServer(options)
}

function open(node: Node, { ws, socket, request }: Upgraded): void {
  const query = queryOf(request)
  const codec = codecOf(ws, query)
  const hasOwnPings = query.get('cf_ws_frame_ping_pong') === 'true'
  const transport = websocketTransport({ ws, socket, codec, hasOwnPings })
  const session = openSession(node, { transport, codec, headers: request.headers })
  // Text or binary, as Centrifugo takes it: Buffers both, because `binaryType` is left as it is.
  ws.on('message', (frame) => receive(node, session, frame as Buffer))
  ws.on('error', ignore)
  ws.on('close', () => endSession(node, session))
  if (hasOwnPings) startPings(node, session, ws)
}

/** The close that follows says enough. */
const ignore = () => undefined

function codecOf({ protocol }: WebSocket, query: URLSearchParams): Codec {
  const formats = [query.get('format'), query.get('cf_protocol')]
  return protocol === 'centrifuge-protobuf' || formats.includes('protobuf') ? protobufCodec : jsonCodec
}
