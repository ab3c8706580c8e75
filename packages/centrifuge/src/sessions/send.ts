import { closeSession } from './close.ts'
import { closings } from '../errors.ts'
import { flush, type FrameCache } from './flush.ts'
import type { Node } from '../node.ts'
import type { Message } from '../protocol/codec.ts'
import type { Reply } from '../protocol/replies.ts'
import { isClosed, type Session } from './session.ts'

/** Queues a message; what a session is sent within one turn of the event loop leaves together. */
export function send(node: Node, session: Session, message: Message): void {
  if (isClosed(session)) return
  if (session.outbox.length === 0) schedule(node, session)
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

function schedule(node: Node, session: Session): void {
  if (node.dirty.length === 0) setImmediate(flushAll, node)
  node.dirty.push(session)
}

function flushAll(node: Node): void {
  const cache: FrameCache = new Map()
  const sessions = node.dirty
  node.dirty = []
  for (const session of sessions) flush(session, cache)
}
