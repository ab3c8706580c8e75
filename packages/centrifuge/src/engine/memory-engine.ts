import type { Announcement, Engine, Publication, PublishOptions, StreamPosition } from './engine.ts'
import { createExpiries, type Expiries } from './expiries.ts'
import { append, createStream, expire, positionOf, readHistory, type Stream } from './stream.ts'
import { sweeper } from './sweep.ts'

export interface MemoryEngineOptions {
  /** Milliseconds from any beginning. */
  now?: () => number
}

interface Memory {
  now: () => number
  streams: Map<string, Stream>
  subscribers: Map<string, (message: Publication | Announcement) => void>
  /** Where the publications of idempotency keys stand. */
  made: Map<string, { position: StreamPosition | undefined; until: number }>
  /** Whose publications are over when: long before the stream itself. */
  expiries: Expiries<Stream>
  sweepStreams: () => void
  sweepMade: () => void
}

const keyTtl = 300_000

/** Streams in this process: a new process means new epochs. */
export function createMemoryEngine({ now = () => performance.now() }: MemoryEngineOptions = {}): Engine {
  const memory = createMemory(now)
  const { streams, subscribers } = memory
  return {
    contiguous: true,
    subscribe: (channel, deliver) => void subscribers.set(channel, deliver),
    unsubscribe: (channel) => unsubscribe(memory, channel),
    publish: async (channel, publication, options) => {
      memory.expiries.sweep()
      return publishOnce(memory, channel, publication, options)
    },
    announce: (channel, announcement) => subscribers.get(channel)?.(announcement),
    history: async (channel, query) => {
      memory.expiries.sweep()
      return readHistory(streamOf(memory, channel), query)
    },
    removeHistory: async (channel) => streams.get(channel)?.publications.clear(),
  }
}

function createMemory(now: () => number): Memory {
  const streams: Memory['streams'] = new Map()
  const subscribers: Memory['subscribers'] = new Map()
  const made: Memory['made'] = new Map()
  return {
    now,
    streams,
    subscribers,
    made,
    expiries: createExpiries(now, (stream) => void expire(stream, now())),
    sweepStreams: sweeper(streams, (stream, channel) => expire(stream, now()) && !subscribers.has(channel)),
    sweepMade: sweeper(made, ({ until }) => now() >= until),
  }
}

/** A channel that was subscribed is remembered as if it had been published to just now. */
function unsubscribe({ streams, subscribers, now }: Memory, channel: string): void {
  subscribers.delete(channel)
  const stream = streams.get(channel)
  if (stream) stream.forgetAt = now() + stream.metaTtl
}

function publishOnce(
  memory: Memory,
  channel: string,
  publication: Publication,
  options: PublishOptions,
): StreamPosition | undefined {
  const { idempotencyKey } = options
  if (idempotencyKey === undefined) return publish(memory, channel, publication, options)
  const key = JSON.stringify([channel, idempotencyKey])
  const first = memory.made.get(key)
  if (first && memory.now() < first.until) return first.position
  memory.sweepMade()
  const position = publish(memory, channel, publication, options)
  memory.made.set(key, { position, until: memory.now() + keyTtl })
  return position
}

function publish(
  memory: Memory,
  channel: string,
  publication: Publication,
  { retention, version }: PublishOptions,
): StreamPosition | undefined {
  const deliver = memory.subscribers.get(channel)
  if (!retention) {
    deliver?.(publication)
    return undefined
  }
  const stream = streamOf(memory, channel)
  const placed = append(stream, publication, { retention, version, now: memory.now() })
  if (placed) {
    memory.expiries.postpone(stream, retention.ttl)
    deliver?.(placed)
  }
  return positionOf(stream)
}

function streamOf({ streams, subscribers, now, sweepStreams }: Memory, channel: string): Stream {
  sweepStreams()
  const known = streams.get(channel)
  if (known && (!expire(known, now()) || subscribers.has(channel))) return known
  const stream = createStream(now())
  streams.set(channel, stream)
  return stream
}
