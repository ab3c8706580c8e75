import { findUser } from '../db/users.ts'
import { listCompanions } from '../db/members.ts'
import { ChatError } from './errors.ts'
import { ONLINE_MS } from './last-seen.ts'
import type { Chat, UserId } from './types.ts'
import { isPresent } from './users.ts'

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
  const queues = new Map<UserId, Promise<void>>()
  return {
    announce(userId, online) {
      const before = queues.get(userId) ?? Promise.resolve()
      const told = before
        .then(() => announce(chat, userId, online))
        .catch(onError)
        .finally(() => {
          if (queues.get(userId) === told) queues.delete(userId)
        })
      queues.set(userId, told)
    },
    async settled() {
      await Promise.all(queues.values())
    },
  }
}

async function announce(chat: Chat, userId: UserId, online: boolean): Promise<void> {
  // An erased user leaves no last sign of life.
  const lastSeenAt = online || !(await isPresent(chat, userId)) ? null : new Date()
  const companions = await listCompanions(chat.db, userId)
  for (const sharing of ['pair', 'subject'] as const)
    chat.publish({ type: 'presence', userId, online, lastSeenAt, sharing }, companions[sharing])
}
