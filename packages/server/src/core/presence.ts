import { setImmediate } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import { listCircles } from '../db/members.ts'
import type { Circle } from '../db/members.ts'
import { findStatuses } from '../db/statuses.ts'
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

interface Change {
  userId: UserId
  online: boolean
}

export function createAnnouncer(chat: Chat, onError: (error: unknown) => void): Announcer {
  const changes = createGathering()
  const telling = new Set<Promise<void>>()
  const tell = (batch: Change[]) => tellTogether(chat, batch)

  return {
    announce(userId, online) {
      const told = changes
        .add({ userId, online }, tell)
        .catch(onError)
        .finally(() => telling.delete(told))
      telling.add(told)
    },
    async settled() {
      await Promise.all(telling)
    },
  }
}

/** For so long at a time nothing else is done. */
const SLICE_MS = 10

/** A crowd comes and goes together. */
async function tellTogether(chat: Chat, batch: Change[]): Promise<Outcome<void>[]> {
  const userIds = batch.map(({ userId }) => userId)
  const circlesOf = await findCircles(chat.db, userIds)
  const present = new Set((await findStatuses(chat.db, userIds)).map(({ id }) => id))
  let pauseAt = performance.now() + SLICE_MS
  for (const { userId, online } of batch) {
    // An erased user leaves no last sign of life.
    const lastSeenAt = online || !present.has(userId) ? null : new Date()
    for (const sharing of ['pair', 'subject'] as const) {
      const companions = othersIn(circlesOf.get(userId) ?? [], sharing, userId)
      chat.publish({ type: 'presence', userId, online, lastSeenAt, sharing }, companions)
    }
    if (performance.now() < pauseAt) continue
    await setImmediate()
    pauseAt = performance.now() + SLICE_MS
  }
  return batch.map(() => ({ value: undefined }))
}

/** What each is in. Who is in a circle with many of them is held once, not for each. */
async function findCircles(db: Database, userIds: UserId[]): Promise<Map<UserId, Circle[]>> {
  const circlesOf = new Map<UserId, Circle[]>(userIds.map((userId) => [userId, []]))
  for (const circle of await listCircles(db, userIds))
    for (const userId of circle.userIds) circlesOf.get(userId)?.push(circle)
  return circlesOf
}

function othersIn(circles: Circle[], sharing: 'pair' | 'subject', userId: UserId): UserId[] {
  const others = new Set<UserId>()
  for (const circle of circles) if (circle[sharing]) for (const member of circle.userIds) others.add(member)
  others.delete(userId)
  return [...others]
}
