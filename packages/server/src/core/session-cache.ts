import { LRUCache } from 'lru-cache'
import type { UserId } from '../db/schema.ts'

export interface Session {
  /** The hash of the cookie's value, in hex: names the session without opening it. */
  id: string
  userId: UserId
  csrfHash: Buffer
  expiresAt: Date
}

/** Spares each request its look-up. What this process ends it forgets at once; what another one ends, by the log. */
export interface SessionCache {
  read(id: string, load: () => Promise<Session | null>): Promise<Session | null>
  forget(id: string): void
}

/** A session that another process ended, and of which the log brought no word, lives no longer than this. */
const REMEMBER_MS = 5_000
const REMEMBERED = 20_000

export function createSessionCache(): SessionCache {
  const sessions = new LRUCache<string, Session>({ max: REMEMBERED, ttl: REMEMBER_MS })
  let forgotten = 0
  return {
    async read(id, load) {
      const known = sessions.get(id)
      if (known) return known
      const before = forgotten
      const found = await load()
      // One that ended while it was being read must not come back.
      if (found && forgotten === before) sessions.set(id, found)
      return found
    },
    forget(id) {
      forgotten++
      sessions.delete(id)
    },
  }
}
