import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { UserId } from '../../core/types.ts'
import type { Authenticated } from '../../http/authentication.ts'
import { textFrame } from './socket-writer.ts'
import type { WriteTo } from './socket-writer.ts'
import type { FrameSession } from './websocket-vocabulary.ts'

/** Bytes that may wait for a client to read on. */
const MOST_WAITING = 1024 * 1024

/** Why the server closes a connection; the client may come back. */
export const CLOSINGS = {
  restart: [1012, 'The server restarts.'],
  unread: [1013, 'Too much waits to be read.'],
  signedOut: [4401, 'Sign in again.'],
} as const

type Closing = (typeof CLOSINGS)[keyof typeof CLOSINGS]

/** A WebSocket of somebody's. */
interface Upgraded {
  ws: WebSocket
  /** Beneath it: frames are shared, and `ws` would build each one anew. It writes whole frames only itself. */
  socket: Duplex
  caller: Authenticated
}

/** What holds for all connections of a server. */
export interface Terms {
  writeTo: WriteTo
  /** Makes a user present; returns what ends that. */
  enter: (userId: UserId) => () => void
  /** How often the other end is asked whether it is still there. */
  heartbeatMs: number
  /** A client that sends nothing for so long is not there, although it stays connected. */
  presenceMs: number
}

export const encodeFrame = (message: object): Buffer => textFrame(JSON.stringify(message))

/** A connection from its handshake to its end. A class, because thousands would each have functions of their own. */
export class Connection implements FrameSession {
  readonly userId: UserId
  /** The session it was opened with; null where that was a token, or trust. */
  readonly sessionId: string | null
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #terms: Terms
  #isHeard = true
  #askAt: number
  #awayAt: number
  #leave: (() => void) | null

  constructor({ ws, socket, caller: { userId, session } }: Upgraded, terms: Terms) {
    const now = performance.now()
    this.userId = userId
    this.sessionId = session?.id ?? null
    this.#ws = ws
    this.#socket = socket
    this.#terms = terms
    this.#askAt = now + terms.heartbeatMs
    this.#awayAt = now + terms.presenceMs
    this.#leave = terms.enter(userId)
  }

  /** One frame of JSON. */
  send(message: object): void {
    this.write(encodeFrame(message))
  }

  write(frame: Buffer): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return
    if (this.#socket.writableLength + frame.length > MOST_WAITING) this.end(CLOSINGS.unread)
    else this.#terms.writeTo(this.#socket, frame)
  }

  end([code, reason]: Closing): void {
    this.#ws.close(code, reason)
  }

  expire(): void {
    this.end(CLOSINGS.signedOut)
  }

  /** The other end is there. */
  hear(): void {
    this.#isHeard = true
  }

  /** And so is the user. */
  hearUser(): void {
    this.#isHeard = true
    this.#awayAt = performance.now() + this.#terms.presenceMs
    this.#leave ??= this.#terms.enter(this.userId)
  }

  goAway(): void {
    this.#leave?.()
    this.#leave = null
  }

  /** Cuts off who no longer answers: half of a connection may be gone without a word. To be called now and then. */
  look(now: number): void {
    if (now >= this.#awayAt) this.goAway()
    if (now < this.#askAt) return
    this.#askAt = now + this.#terms.heartbeatMs
    if (this.#isHeard) this.#ws.ping()
    else this.#ws.terminate()
    this.#isHeard = false
  }

  /** Resolves once it is no more. */
  gone(): Promise<unknown> {
    return new Promise((resolve) => this.#ws.once('close', resolve))
  }
}
