import type { ClientInfo } from './engine.ts'
import type { Presence } from './presence.ts'
import { sweeper } from './sweep.ts'

export interface MemoryPresenceOptions {
  /** Milliseconds from any beginning. */
  now?: () => number
}

/** Who is in one channel. */
interface Room {
  entries: Map<string, { info: ClientInfo; until: number }>
  /** How many entries each user has. */
  users: Map<string, number>
  /** No entry is over before. */
  nextEnd: number
}

/** Presence of this process's clients. */
export function createMemoryPresence({
  now = () => performance.now(),
}: MemoryPresenceOptions = {}): Presence {
  const rooms = new Map<string, Room>()
  const sweep = sweeper(rooms, (room) => expire(room, now()).entries.size === 0)
  const current = (channel: string) => expire(rooms.get(channel) ?? emptyRoom(), now())
  return {
    add(channel, info, ttl) {
      sweep()
      const room = rooms.get(channel) ?? emptyRoom()
      remove(room, info.client)
      add(room, info, now() + ttl)
      rooms.set(channel, room)
    },
    remove(channel, client) {
      const room = rooms.get(channel)
      if (!room) return
      remove(room, client)
      if (room.entries.size === 0) rooms.delete(channel)
    },
    list: (channel) => Array.from(current(channel).entries.values(), ({ info }) => info),
    stats(channel) {
      const { entries, users } = current(channel)
      return { clients: entries.size, users: users.size }
    },
  }
}

function emptyRoom(): Room {
  return { entries: new Map(), users: new Map(), nextEnd: Infinity }
}

function add(room: Room, info: ClientInfo, until: number): void {
  room.entries.set(info.client, { info, until })
  room.users.set(info.user, (room.users.get(info.user) ?? 0) + 1)
  room.nextEnd = Math.min(room.nextEnd, until)
}

function remove({ entries, users }: Room, client: string): void {
  const entry = entries.get(client)
  if (!entry) return
  entries.delete(client)
  const { user } = entry.info
  const others = (users.get(user) ?? 0) - 1
  if (others > 0) users.set(user, others)
  else users.delete(user)
}

/** Looks through the entries only when one may be over. */
function expire(room: Room, now: number): Room {
  if (now < room.nextEnd) return room
  room.nextEnd = Infinity
  for (const [client, { until }] of room.entries) {
    if (until <= now) remove(room, client)
    else room.nextEnd = Math.min(room.nextEnd, until)
  }
  return room
}
