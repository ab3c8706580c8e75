import type { Database } from '../db/database.ts'
import { listCompanions } from '../db/members.ts'
import type { Companions } from '../db/members.ts'
import { findUser } from '../db/users.ts'
import { ChatError } from './errors.ts'
import { createGathering } from './gathering.ts'
import type { Outcome } from './gathering.ts'
import { ONLINE_MS } from './last-seen.ts'
import type { Chat, UserId } from './types.ts'

export interface OnlineStatus {
  online: boolean
  lastSeenAt: Date | null
}

export async function onlineStatus(chat: Chat, userId: UserId): Promise<OnlineStatus> {
  const user = await findUser(chat.db, userId)
  if (!user || user.erasedAt) throw new ChatError('not_found', 'There is no such user.')
  const here = chat.presence.lastSeen(userId)?.getTime() ?? 0
  const last = Math.max(here, user.lastSeenAt?.getTime() ?? 0)
  if (last > Date.now() - ONLINE_MS) return { online: true, lastSeenAt: null }
  return { online: false, lastSeenAt: last > 0 ? new Date(last) : null }
}

export interface Announcer {
  /** Tells a user's companions that the user came or went, in the order in which that happened. */
  announce(userId: UserId, online: boolean): void
  /** Resolves once all of them have been told. */
  settled(): Promise<void>
}

export function createAnnouncer(chat: Chat, onError: (error: unknown) => void): Announcer {
  const looks = createGathering()
  const telling = new Set<Promise<void>>()

  // Looks are taken in the order in which they were asked for, many at once: a crowd comes and goes together.
  async function tell(userId: UserId, online: boolean): Promise<void> {
    const look = (userIds: UserId[]) => lookTogether(chat.db, userIds)
    const { isErased, ...companions } = await looks.add(userId, look)
    // An erased user leaves no last sign of life.
    const lastSeenAt = online || isErased ? null : new Date()
    for (const sharing of ['pair', 'subject'] as const)
      chat.publish({ type: 'presence', userId, online, lastSeenAt, sharing }, companions[sharing])
  }

  return {
    announce(userId, online) {
      const told = tell(userId, online)
        .catch(onError)
        .finally(() => telling.delete(told))
      telling.add(told)
    },
    async settled() {
      await Promise.all(telling)
    },
  }
}

async function lookTogether(db: Database, userIds: UserId[]): Promise<Outcome<Companions>[]> {
  return (await listCompanions(db, userIds)).map((value) => ({ value }))
}
