import { isOriginAllowed } from '@parley/centrifuge'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { ChatError } from '../../core/errors.ts'
import type { Audience, ChatEvent } from '../../core/events.ts'
import type { Chat } from '../../core/types.ts'
import type { Authenticated } from '../../http/authentication.ts'
import { refusalOf } from '../../http/errors.ts'
import { createRateLimit, tooMany } from '../../http/rate-limit.ts'
import type { Hub } from '../hub.ts'
import { createDeadlines } from './deadlines.ts'
import { createWriter } from './socket-writer.ts'
import type { Take } from './upgrades.ts'
import { isSignedIn } from './validity.ts'
import { CLOSINGS, Connection } from './websocket-connection.ts'
import type { Terms } from './websocket-connection.ts'
import { refuseUpgrade } from './websocket-refusal.ts'
import { createRegister } from './websocket-register.ts'
import type { FrameVocabulary } from './websocket-vocabulary.ts'

const FRAME_BYTES = 64 * 1024
const HEARTBEAT_MS = 30_000
const PRESENCE_MS = 60_000
const LOOK_MS = 1000

export interface WebSocketOptions {
  chat: Chat
  hub: Hub
  vocabulary: FrameVocabulary
  /** Beside the server's own host. */
  allowedOrigins: string[]
  /** Frames per minute and user; 0 is off. */
  rateLimit: number
  /** How long a closing connection has until it is cut off. */
  patienceMs: number
  heartbeatMs?: number
  presenceMs?: number
  onError: (error: unknown) => void
}

export interface WebSockets {
  handleUpgrade: Take
  deliver(event: ChatEvent, audience: Audience): void
  /** Closes connections so that clients come back. */
  close(): Promise<void>
}

/** A server for plain WebSockets with one vocabulary. */
export function createWebSockets(options: WebSocketOptions): WebSockets {
  const { chat, hub, vocabulary, rateLimit, onError } = options
  const { heartbeatMs = HEARTBEAT_MS, presenceMs = PRESENCE_MS } = options
  const server = acceptFrames(options.patienceMs)
  const limit = createRateLimit(rateLimit)
  const register = createRegister()
  const deadlines = createDeadlines()
  const terms: Terms = {
    enter: (userId) => hub.add({ topics: [{ user: userId }], deliver: ignore }),
    writeTo: createWriter(),
    heartbeatMs,
    presenceMs,
  }
  const looks = setInterval(lookAtAll, Math.min(LOOK_MS, heartbeatMs / 4, presenceMs / 4)).unref()
  const handshakes = new Set<Promise<void>>()
  let accepting = true

  function lookAtAll(): void {
    const now = performance.now()
    for (const connection of register.all()) connection.look(now)
  }

  function refuseWhileClosing(): void {
    if (!accepting) throw new ChatError('unavailable', 'The server is closing. Try again in a moment.')
  }

  async function admit(request: IncomingMessage): Promise<Authenticated> {
    refuseWhileClosing()
    if (!isOriginAllowed(request, options.allowedOrigins))
      throw new ChatError('forbidden', 'Pages of this origin may not connect.')
    const caller = await vocabulary.authenticate(request)
    refuseWhileClosing()
    return caller
  }

  async function shakeHands(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const destroy = () => socket.destroy()
    socket.on('error', destroy)
    try {
      const caller = await admit(request)
      socket.off('error', destroy)
      server.handleUpgrade(request, socket, head, (ws) => open(ws, socket, caller))
    } catch (error) {
      const refusal = error instanceof Error ? refusalOf(error) : null
      if (!refusal) onError(error)
      const { statuses, envelope } = vocabulary.refusal
      refuseUpgrade(socket, refusal ? statuses[refusal.code] : 500, envelope(refusal))
    }
  }

  function open(ws: WebSocket, socket: Duplex, caller: Authenticated): void {
    const connection = new Connection({ ws, socket, caller }, terms)
    connection.send(vocabulary.greeting(connection))
    register.add(connection)
    if (caller.expiresAt) deadlines.set(connection, caller.expiresAt)
    ws.on('pong', () => connection.hear())
    ws.on('message', (frame, isBinary) => {
      connection.hearUser()
      receive(connection, isBinary ? null : (frame as Buffer))
    })
    ws.on('error', ignore)
    ws.on('close', () => {
      connection.goAway()
      register.remove(connection)
      deadlines.delete(connection)
    })
    // A session that ended during the handshake found no connection to end.
    isSignedIn(chat, caller).then((isIn) => isIn || connection.end(CLOSINGS.signedOut), onError)
  }

  function receive(connection: Connection, frame: Buffer | null): void {
    try {
      if (limit(connection.userId) > 0) throw tooMany()
      vocabulary.receive(connection, frame && parseJson(frame))
    } catch (error) {
      const refusal = error instanceof Error ? refusalOf(error) : null
      if (!refusal) onError(error)
      connection.send(vocabulary.complaint(refusal && refusal.message))
    }
  }

  return {
    handleUpgrade(request, socket, head) {
      if (URL.parse(request.url ?? '', 'http://host')?.pathname !== vocabulary.path) return false
      const done = shakeHands(request, socket, head).finally(() => handshakes.delete(done))
      handshakes.add(done)
      return true
    },
    deliver(event, audience) {
      if (event.type === 'session.ended') {
        const { userId, sessionId } = event
        for (const connection of register.of(userId))
          if (sessionId === null || sessionId === connection.sessionId) connection.end(CLOSINGS.signedOut)
      }
      try {
        vocabulary.deliver(event, audience, register)
      } catch (error) {
        onError(error)
      }
    },
    async close() {
      accepting = false
      await Promise.all(handshakes)
      const connections = [...register.all()]
      for (const connection of connections) connection.end(CLOSINGS.restart)
      await Promise.all(connections.map((connection) => connection.gone()))
      clearInterval(looks)
    },
  }
}

function acceptFrames(closeTimeout: number): WebSocketServer {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES,
    // Known to ws since 8.19, not yet to its types.
    closeTimeout,
  }
  return new WebSocketServer(options)
}

function parseJson(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString())
  } catch {
    return undefined
  }
}

/** Of an error the close that follows says enough; events come by `deliver`, to all whom they concern. */
const ignore = () => undefined
