import { ClientError } from '@parley/centrifuge'
import type { Engine, History, StreamPosition } from '@parley/centrifuge'
import { loggedEvent } from '../../core/events.ts'
import type { ChatEvent } from '../../core/events.ts'
import type { Database } from '../../db/database.ts'
import { readLogState } from '../../db/events.ts'
import type { Stretch } from '../../db/events.ts'
import type { Hub } from '../hub.ts'
import type { EventLog } from '../log.ts'
import { readFeed, topicsOf } from './feeds.ts'
import type { Feed } from './feeds.ts'
import { allInOrder, inOrder } from './in-order.ts'
import type { Draft, Encoded } from './in-order.ts'

/** One dialect's kind of channel: the events of somebody or something, in that dialect's words. */
export interface ChannelKind {
  /** Null where the name is of another kind. */
  open(channel: string): OpenChannel | null | Promise<OpenChannel | null>
  /** What `encode` can say anything of, so that recovery reads no more. */
  types: ChatEvent['type'][]
}

interface OpenChannel {
  feed: Feed
  encode(event: ChatEvent): Encoded
  /** By which a subscription may be kept from some of its publications. */
  tags?(event: ChatEvent): Record<string, string> | undefined
}

export interface LogEngineOptions {
  db: Database
  hub: Hub
  log: EventLog
  channels: ChannelKind[]
}

/**
 * Channels out of the event log. An offset is a position in the log and the epoch is the database's, so that a client
 * recovers after the server was killed as it does after a drop.
 */
export function createLogEngine({ db, hub, log, channels }: LogEngineOptions): Engine {
  const leave = new Map<string, () => void>()

  async function open(channel: string): Promise<OpenChannel & { types: ChatEvent['type'][] }> {
    for (const kind of channels) {
      const opened = await kind.open(channel)
      if (opened) return { ...opened, types: kind.types }
    }
    throw new ClientError(102, 'unknown channel')
  }

  const position = (): StreamPosition => ({ offset: log.position(), epoch: log.epoch })

  /** What a channel says of a stretch of the log, oldest first, and of how many events that is. */
  async function read(channel: string, stretch: Stretch) {
    const opened = await open(channel)
    const rows = await readFeed(db, opened.feed, { ...stretch, types: opened.types })
    if (stretch.newestFirst) rows.reverse()
    const publications = await allInOrder(rows.map((row) => draftOf(loggedEvent(row), opened)))
    return { publications, events: rows.length }
  }

  async function after(channel: string, since: StreamPosition, limit: number): Promise<History> {
    if (since.offset > log.position()) await log.catchUp()
    const top = position()
    // One more than asked for tells whether that was all.
    const stretch = { after: since.offset, before: top.offset + 1, limit: limit + 1, newestFirst: false }
    const { publications, events } = await read(channel, stretch)
    const { pruned } = await readLogState(db)
    const known = since.epoch === '' || since.epoch === log.epoch
    const kept = since.offset >= pruned && since.offset <= top.offset
    const complete = known && kept && events <= limit
    return { publications: publications.slice(0, limit), position: top, complete }
  }

  async function before(channel: string, since: StreamPosition | undefined, limit: number): Promise<History> {
    const top = position()
    const end = since?.offset ?? top.offset + 1
    const { publications } = await read(channel, { after: 0, before: end, limit, newestFirst: true })
    return { publications: publications.toReversed(), position: top, complete: true }
  }

  return {
    async subscribe(channel, deliver) {
      const opened = await open(channel)
      const hand = inOrder(deliver)
      const session = {
        topics: topicsOf(opened.feed),
        deliver: (event: ChatEvent) => hand(draftOf(event, opened)),
      }
      leave.set(channel, hub.add(session))
    },
    unsubscribe(channel) {
      leave.get(channel)?.()
      leave.delete(channel)
    },
    publish: () => Promise.reject(new ClientError(108, 'not available')),
    async history(channel, { since, limit, reverse = false }) {
      if (limit === 0) return { publications: [], position: position(), complete: since === undefined }
      return reverse
        ? before(channel, since, limit)
        : after(channel, since ?? { offset: 0, epoch: '' }, limit)
    },
  }
}

function draftOf(event: ChatEvent, { encode, tags }: OpenChannel): Draft {
  const draft = { data: encode(event), tags: tags?.(event) }
  return 'position' in event ? { ...draft, offset: event.position } : draft
}
