import type { Database } from '../db/database.ts'
import type { UserId } from '../db/schema.ts'
import { recordSeen } from '../db/users.ts'

/** A user counts as online for so long after the last sign of life. */
export const ONLINE_MS = 5 * 60_000

/** Who is here, as this process has seen it; written to the database now and then, never per request. */
export interface Presence {
  /** An authenticated request is a sign of life. */
  seen(userId: UserId): void
  connected(userId: UserId): void
  disconnected(userId: UserId): void
  lastSeen(userId: UserId): Date | undefined
  /** Who is connected. */
  here(): UserId[]
  save(): Promise<void>
}

export function createPresence(db: Database): Presence {
  const connections = new Set<UserId>()
  const lastSeen = new Map<UserId, Date>()
  const unsaved = new Map<UserId, Date>()
  const seen = (userId: UserId) => {
    const now = new Date()
    lastSeen.set(userId, now)
    unsaved.set(userId, now)
  }
  return {
    seen,
    connected(userId) {
      connections.add(userId)
      seen(userId)
    },
    disconnected(userId) {
      connections.delete(userId)
      seen(userId)
    },
    lastSeen: (userId) => (connections.has(userId) ? new Date() : lastSeen.get(userId)),
    here: () => [...connections],
    async save() {
      connections.forEach(seen)
      const batch = new Map(unsaved)
      unsaved.clear()
      forgetBefore(lastSeen, Date.now() - ONLINE_MS)
      if (batch.size === 0) return
      await recordSeen(db, batch).catch((error: unknown) => {
        // For the next time; whoever was seen again meanwhile was seen later.
        for (const [userId, at] of batch) if (!unsaved.has(userId)) unsaved.set(userId, at)
        throw error
      })
    },
  }
}

function forgetBefore(lastSeen: Map<UserId, Date>, time: number): void {
  for (const [userId, at] of lastSeen) if (at.getTime() < time) lastSeen.delete(userId)
}
