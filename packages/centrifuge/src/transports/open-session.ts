import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { closings } from '../errors.ts'
import type { Node } from '../node.ts'
import type { Codec } from '../protocol/codec.ts'
import { closeSession } from '../sessions/close.ts'
import { createSession, type Session } from '../sessions/session.ts'
import type { Transport } from './transport.ts'

const secretBytes = 32

interface Connection {
  transport: Transport
  codec: Codec
  /** Of the HTTP request that made it. */
  headers: IncomingHttpHeaders
}

/** Whether there is room for one more connection. */
export function hasRoom({ isClosing, sessions, settings }: Node): boolean {
  return !isClosing && (settings.maxConnections === 0 || sessions.size < settings.maxConnections)
}

export function openSession(node: Node, { transport, codec, headers }: Connection): Session {
  const session = createSession(transport, codec, headers)
  const { staleTimeout } = node.settings
  if (staleTimeout > 0) session.staleAt = performance.now() + staleTimeout
  node.sessions.add(session)
  if (transport.gate) {
    session.secret = randomBytes(secretBytes).toString('base64url')
    node.emulated.set(session.secret, session)
  }
  return session
}

/** To be called when the connection is gone, whoever ended it. */
export function endSession(node: Node, session: Session): void {
  node.sessions.delete(session)
  if (session.secret) node.emulated.delete(session.secret)
  closeSession(node, session, closings.connectionClosed)
  session.onGone?.()
}
