import type { Message } from '../protocol/codec.ts'
import type { Session } from './session.ts'
import type { Framing } from '../transports/transport.ts'

interface Frame {
  framing: Framing
  messages: Message[]
  bytes: Buffer
}

/** Frames built during one flush, by their first message. */
export type FrameCache = Map<Message, Frame>

const maxMessagesPerFrame = 16

/** Writes what waits for one session. Sessions to which the same is due share one frame. */
export function flush(session: Session, cache: FrameCache): void {
  const messages = session.outbox
  session.outbox = []
  for (let start = 0; start < messages.length; start += maxMessagesPerFrame) {
    const part =
      messages.length <= maxMessagesPerFrame ? messages : messages.slice(start, start + maxMessagesPerFrame)
    session.transport.write(frameOf(part, session.transport.framing, cache))
  }
  for (const message of messages) session.queuedBytes -= message.length
}

function frameOf(messages: Message[], framing: Framing, cache: FrameCache): Buffer {
  const first = messages[0]
  const known = first && cache.get(first)
  if (known?.framing === framing && isSame(known.messages, messages)) return known.bytes
  const bytes = framing(messages)
  if (first) cache.set(first, { framing, messages, bytes })
  return bytes
}

function isSame(left: Message[], right: Message[]): boolean {
  return left.length === right.length && left.every((message, index) => message === right[index])
}
