import { closeSession } from './close.ts'
import { closings } from '../errors.ts'
import { flush, type FrameCache } from './flush.ts'
import type { Node } from '../node.ts'
import type { Message } from '../protocol/codec.ts'
import type { Reply } from '../protocol/replies.ts'
import { isClosed, type Session } from './session.ts'

/** Queues a message; what a session is sent in one turn of the event loop leaves together (`createTurns`). */
export function send(node: Node, session: Session, message: Message): void {
  if (isClosed(session)) return
  node.due(session)
  session.outbox.push(message)
  grow(node, session, message.length)
}

export function reply(node: Node, session: Session, answer: Reply): void {
  send(node, session, session.codec.encodeReply(answer))
}

/**
 * Counts what waits for a client; one that does not keep up is closed, comes back and recovers. A single message may be
 * larger than the queue, or a large recovery would never come to an end.
 */
export function grow(node: Node, session: Session, bytes: number): void {
  const waiting = session.queuedBytes + session.transport.bufferedBytes()
  session.queuedBytes += bytes
  if (waiting > 0 && waiting + bytes > node.settings.queueMaxBytes) {
    closeSession(node, session, closings.slow)
  }
}

export function flushAll(sessions: Iterable<Session>): void {
  const cache: FrameCache = new Map()
  for (const session of sessions) flush(session, cache)
}
