import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Authenticated } from '../../http/authentication.ts'
import { textFrame } from './socket-writer.ts'
import type { WriteTo } from './socket-writer.ts'
import type { FrameSession } from './websocket-vocabulary.ts'
import { closeAt } from './validity.ts'

/** Bytes that may wait for a client to read on. */
const MOST_WAITING = 1024 * 1024

/** Why the server closes a connection; the client may come back. */
export const CLOSINGS = {
  restart: [1012, 'The server restarts.'],
  unread: [1013, 'Too much waits to be read.'],
  signedOut: [4401, 'Sign in again.'],
} as const

type Closing = (typeof CLOSINGS)[keyof typeof CLOSINGS]

export interface Connection extends FrameSession {
  /** The session it was opened with; null where that was a token, or trust. */
  readonly sessionId: string | null
  write(frame: Buffer): void
  end(closing: Closing): void
  /** Resolves once it is no more. */
  closed: Promise<undefined>
}

export interface ConnectionOptions {
  caller: Authenticated
  /** Beneath the WebSocket: frames are shared, and `ws` would build each one anew. It writes whole frames only itself. */
  socket: Duplex
  writeTo: WriteTo
  /** Makes the user present; returns what ends that. */
  enter: () => () => void
  /** How often the other end is asked whether it is still there. */
  heartbeatMs: number
  /** A client that sends nothing for so long is not there, although it stays connected. */
  presenceMs: number
}

export const encodeFrame = (message: object): Buffer => textFrame(JSON.stringify(message))

/** A connection from its handshake to its end. */
export function openConnection(
  ws: WebSocket,
  { caller, socket, writeTo, enter, heartbeatMs, presenceMs }: ConnectionOptions,
): Connection {
  const { promise: closed, resolve } = Promise.withResolvers<undefined>()
  const end = ([code, reason]: Closing) => ws.close(code, reason)

  function write(frame: Buffer): void {
    if (ws.readyState !== WebSocket.OPEN) return
    if (socket.writableLength + frame.length > MOST_WAITING) end(CLOSINGS.unread)
    else writeTo(socket, frame)
  }

  const stops = [
    watchHeartbeat(ws, heartbeatMs),
    keepPresent(ws, enter, presenceMs),
    caller.expiresAt ? closeAt(caller.expiresAt, () => end(CLOSINGS.signedOut)) : () => undefined,
  ]
  // The close that follows says enough.
  ws.on('error', () => undefined)
  ws.on('close', () => {
    stops.forEach((stop) => stop())
    resolve(undefined)
  })

  return {
    userId: caller.userId,
    sessionId: caller.session?.id ?? null,
    send: (message) => write(encodeFrame(message)),
    write,
    end,
    closed,
  }
}

/** Cuts off who no longer answers: half of a connection may be gone without a word. */
function watchHeartbeat(ws: WebSocket, everyMs: number): () => void {
  let isHeard = true
  const hear = () => {
    isHeard = true
  }
  ws.on('pong', hear)
  ws.on('message', hear)
  const timer = setInterval(() => {
    if (isHeard) ws.ping()
    else ws.terminate()
    isHeard = false
  }, everyMs)
  return () => clearInterval(timer)
}

/** The user is present until nothing has come for a while, and again with whatever comes next. */
function keepPresent(ws: WebSocket, enter: () => () => void, forMs: number): () => void {
  let leave: (() => void) | null = enter()
  const goAway = () => {
    leave?.()
    leave = null
  }
  const timer = setTimeout(goAway, forMs)
  ws.on('message', () => {
    leave ??= enter()
    timer.refresh()
  })
  return () => {
    clearTimeout(timer)
    goAway()
  }
}
