import type { Message } from '../protocol/codec.ts'
import type { Session } from './session.ts'
import type { Framing } from '../transports/transport.ts'

interface Written {
  framing: Framing
  messages: Message[]
  bytes: Buffer
}

/** What was built during one flush, by its first message. */
export type FrameCache = Map<Message, Written>

const maxMessagesPerFrame = 16

/** Writes what waits for one session, at once. Sessions to which the same is due share the bytes. */
export function flush(session: Session, cache: FrameCache): void {
  const messages = session.outbox
  if (messages.length === 0) return
  session.outbox = []
  session.transport.write(bytesOf(messages, session.transport.framing, cache))
  for (const message of messages) session.queuedBytes -= message.length
}

function bytesOf(messages: Message[], framing: Framing, cache: FrameCache): Buffer {
  const first = messages[0]
  const known = first && cache.get(first)
  if (known?.framing === framing && isSame(known.messages, messages)) return known.bytes
  const bytes = framesOf(messages, framing)
  if (first) cache.set(first, { framing, messages, bytes })
  return bytes
}

function framesOf(messages: Message[], framing: Framing): Buffer {
  if (messages.length <= maxMessagesPerFrame) return framing(messages)
  const frames: Buffer[] = []
  for (let start = 0; start < messages.length; start += maxMessagesPerFrame)
    frames.push(framing(messages.slice(start, start + maxMessagesPerFrame)))
  return Buffer.concat(frames)
}

function isSame(left: Message[], right: Message[]): boolean {
  return left.length === right.length && left.every((message, index) => message === right[index])
}
