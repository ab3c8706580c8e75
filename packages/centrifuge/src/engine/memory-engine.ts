import { randomInt } from 'node:crypto'
import type { Engine, History, HistoryQuery, Publication, PublishOptions, StreamPosition } from './engine.ts'

/** Times are milliseconds. */
export interface MemoryEngineOptions {
  /** Publications kept per channel. */
  historySize?: number
  /** They go when nothing has been published for so long. */
  historyTtl?: number
  /** The epoch and offset of a silent channel without subscribers go after so long. */
  historyMetaTtl?: number
  now?: () => number
}

type Placed = Publication & { offset: number }

interface Stream {
  epoch: string
  top: number
  publications: Placed[]
  publishedAt: number
}

interface Memory extends Required<MemoryEngineOptions> {
  streams: Map<string, Stream>
  subscribers: Map<string, (publication: Publication) => void>
  sweptAt: number
}

const sweepInterval = 60_000
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Streams in this process: contiguous offsets from 1; a new process means new epochs. */
export function createMemoryEngine(options: MemoryEngineOptions = {}): Engine {
  const memory: Memory = {
    historySize: options.historySize ?? 300,
    historyTtl: options.historyTtl ?? 600_000,
    historyMetaTtl: options.historyMetaTtl ?? 2_592_000_000,
    now: options.now ?? Date.now,
    streams: new Map(),
    subscribers: new Map(),
    sweptAt: 0,
  }
  return {
    subscribe: (channel, deliver) => void memory.subscribers.set(channel, deliver),
    unsubscribe: (channel) => void memory.subscribers.delete(channel),
    publish: async (channel, publication, how) => publish(memory, channel, publication, how),
    history: async (channel, query) => readHistory(currentStream(memory, channel), query),
  }
}

function publish(
  memory: Memory,
  channel: string,
  publication: Publication,
  { ephemeral = false }: PublishOptions,
): StreamPosition | undefined {
  sweep(memory)
  const stream = ephemeral ? undefined : currentStream(memory, channel)
  const placed = stream ? append(memory, stream, publication) : publication
  memory.subscribers.get(channel)?.(placed)
  return stream && { offset: stream.top, epoch: stream.epoch }
}

function append(memory: Memory, stream: Stream, publication: Publication): Placed {
  const placed = { ...publication, offset: ++stream.top }
  stream.publishedAt = memory.now()
  stream.publications.push(placed)
  if (stream.publications.length > memory.historySize) stream.publications.shift()
  return placed
}

function currentStream(memory: Memory, channel: string): Stream {
  expire(memory, channel)
  const known = memory.streams.get(channel)
  if (known) return known
  const stream = { epoch: randomEpoch(), top: 0, publications: [], publishedAt: memory.now() }
  memory.streams.set(channel, stream)
  return stream
}

function expire(memory: Memory, channel: string): void {
  const stream = memory.streams.get(channel)
  if (!stream) return
  const silence = memory.now() - stream.publishedAt
  if (silence >= memory.historyTtl) stream.publications = []
  if (silence >= memory.historyMetaTtl && !memory.subscribers.has(channel)) memory.streams.delete(channel)
}

/** Publishing sweeps now and then, so that there is no timer to stop. */
function sweep(memory: Memory): void {
  if (memory.now() - memory.sweptAt < sweepInterval) return
  memory.sweptAt = memory.now()
  for (const channel of memory.streams.keys()) expire(memory, channel)
}

function readHistory(stream: Stream, { since, limit, reverse = false }: HistoryQuery): History {
  const position = { offset: stream.top, epoch: stream.epoch }
  if (since && since.epoch !== '' && since.epoch !== stream.epoch) {
    return { publications: [], position, complete: false }
  }
  if (reverse) return { publications: newestFirst(stream, since, limit), position, complete: false }
  const from = since?.offset ?? 0
  const after = stream.publications.filter(({ offset }) => offset > from)
  const complete = after.length === stream.top - from && after.length <= limit
  return { publications: after.slice(0, limit), position, complete }
}

function newestFirst(stream: Stream, since: StreamPosition | undefined, limit: number): Placed[] {
  const before = stream.publications.filter(({ offset }) => !since || offset < since.offset)
  return before.reverse().slice(0, limit)
}

function randomEpoch(): string {
  return Array.from({ length: 8 }, () => letters.charAt(randomInt(letters.length))).join('')
}
