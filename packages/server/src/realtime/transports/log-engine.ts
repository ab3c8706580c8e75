import { ClientError } from '@parley/centrifuge'
import type { Engine, History, Publication, StreamPosition } from '@parley/centrifuge'
import { loggedEvent } from '../../core/events.ts'
import type { ChatEvent } from '../../core/events.ts'
import type { Reach, UserId } from '../../core/types.ts'
import type { Database } from '../../db/database.ts'
import { eventsOfUser, readLogState } from '../../db/events.ts'
import type { Stretch } from '../../db/events.ts'
import type { Hub } from '../hub.ts'
import type { EventLog } from '../log.ts'

/** One dialect's kind of channel: the events of one user, in that dialect's words. */
export interface UserChannel {
  /** Null where the name is of another kind. */
  userOf(channel: string): UserId | null
  /** What `encode` can say anything of, so that recovery reads no more. */
  reach: Reach
  types: ChatEvent['type'][]
  /** JSON text; null for what this viewer does not hear of. */
  encode(event: ChatEvent, viewer: UserId): string | null
}

export interface LogEngineOptions {
  db: Database
  hub: Hub
  log: EventLog
  channels: UserChannel[]
}

/**
 * Channels out of the event log. An offset is a position in the log and the epoch is the database's, so that a client
 * recovers after the server was killed as it does after a drop.
 */
export function createLogEngine({ db, hub, log, channels }: LogEngineOptions): Engine {
  const leave = new Map<string, () => void>()

  function find(channel: string): { kind: UserChannel; userId: UserId } {
    for (const kind of channels) {
      const userId = kind.userOf(channel)
      if (userId !== null) return { kind, userId }
    }
    throw new ClientError(102, 'unknown channel')
  }

  const position = (): StreamPosition => ({ offset: log.position(), epoch: log.epoch })

  /** The events of a channel's user, and what of them this kind of channel can say. */
  async function read(channel: string, stretch: Stretch) {
    const { kind, userId } = find(channel)
    const rows = await eventsOfUser(db, userId, { ...stretch, reach: kind.reach, types: kind.types })
    const publications = rows.flatMap((row) => publicationOf(loggedEvent(row), kind, userId))
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
    return { publications, position: top, complete: true }
  }

  return {
    subscribe(channel, deliver) {
      const { kind, userId } = find(channel)
      const session = {
        userId,
        deliver: (event: ChatEvent) => publicationOf(event, kind, userId).forEach(deliver),
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

function publicationOf(event: ChatEvent, kind: UserChannel, viewer: UserId): Publication[] {
  const data = kind.encode(event, viewer)
  if (data === null) return []
  return ['position' in event ? { data, offset: event.position } : { data }]
}
