import { randomInt } from 'node:crypto'
import type {
  History,
  HistoryQuery,
  Publication,
  PublishOptions,
  Retention,
  StreamPosition,
} from './engine.ts'

type Placed = Publication & { offset: number }
type Version = NonNullable<PublishOptions['version']>

/** One channel's publications, with contiguous offsets from 1. */
export interface Stream {
  epoch: string
  top: number
  /** The newest ones, by offset: adding, dropping the oldest and finding one take the same time however many there are. */
  publications: Map<number, Placed>
  /** The newest version; of none the number is 0. */
  version: Version
  publicationsUntil: number
  /** Publishing and subscribing put it off. */
  forgetAt: number
  metaTtl: number
}

/** How long the epoch of a channel is remembered that nobody has published to. */
const unbornTtl = 600_000
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

export function createStream(now: number): Stream {
  return {
    epoch: Array.from({ length: 8 }, () => letters.charAt(randomInt(letters.length))).join(''),
    top: 0,
    publications: new Map(),
    version: { number: 0, epoch: '' },
    publicationsUntil: Infinity,
    forgetAt: now + unbornTtl,
    metaTtl: unbornTtl,
  }
}

export function positionOf({ top, epoch }: Stream): StreamPosition {
  return { offset: top, epoch }
}

interface Placing {
  retention: Retention
  version: Version | undefined
  now: number
}

/** Undefined: there is a newer version. */
export function append(
  stream: Stream,
  publication: Publication,
  { retention, version, now }: Placing,
): Placed | undefined {
  if (version && isOutdated(stream, version)) return undefined
  stream.version = version ?? stream.version
  const placed = { ...publication, offset: ++stream.top }
  stream.publications.set(placed.offset, placed)
  while (stream.publications.size > retention.size) stream.publications.delete(oldest(stream))
  stream.publicationsUntil = now + retention.ttl
  stream.metaTtl = retention.metaTtl
  stream.forgetAt = now + retention.metaTtl
  return placed
}

/** Drops publications whose time is over; answers whether the stream's own is, too. */
export function expire(stream: Stream, now: number): boolean {
  if (now >= stream.publicationsUntil) stream.publications.clear()
  return now >= stream.forgetAt
}

export function readHistory(stream: Stream, { since, limit, reverse = false }: HistoryQuery): History {
  const position = positionOf(stream)
  if (since && since.epoch !== '' && since.epoch !== stream.epoch)
    return { publications: [], position, complete: false }
  if (reverse) {
    const end = Math.min(since?.offset ?? Infinity, stream.top + 1)
    const start = Math.max(end - limit, oldest(stream))
    return { publications: stretch(stream, start, end).reverse(), position, complete: false }
  }
  const after = since?.offset ?? 0
  const start = Math.max(after + 1, oldest(stream))
  const end = Math.min(start + limit, stream.top + 1)
  const complete = after <= stream.top && start === after + 1 && end === stream.top + 1
  return { publications: stretch(stream, start, end), position, complete }
}

/** An empty epoch is every epoch. */
function isOutdated({ version: newest }: Stream, { number, epoch }: Version): boolean {
  return (epoch === '' || epoch === newest.epoch) && number <= newest.number
}

function oldest({ top, publications }: Stream): number {
  return top - publications.size + 1
}

/** From the offset `start`, before the offset `end`. */
function stretch({ publications }: Stream, start: number, end: number): Placed[] {
  const found: Placed[] = []
  for (let offset = start; offset < end; offset++) {
    const publication = publications.get(offset)
    if (publication) found.push(publication)
  }
  return found
}
