import { LRUCache } from 'lru-cache'
import { findAudiences } from '../db/audiences.ts'
import type { AudienceId } from '../db/audiences.ts'
import type { Database } from '../db/database.ts'
import type { UserId } from '../db/schema.ts'

/** Who is in an audience. That never changes, so each is read once. */
export interface Audiences {
  read(ids: Iterable<AudienceId>): Promise<Map<AudienceId, UserId[]>>
}

/** In all audiences together. */
const REMEMBERED_USERS = 1_000_000

export function createAudiences(db: Database): Audiences {
  const known = new LRUCache<AudienceId, UserId[]>({
    maxSize: REMEMBERED_USERS,
    sizeCalculation: ({ length }) => length + 1,
  })

  return {
    async read(ids) {
      const found = new Map<AudienceId, UserId[]>()
      const missing: AudienceId[] = []
      for (const id of new Set(ids)) {
        const userIds = known.get(id)
        if (userIds) found.set(id, userIds)
        else missing.push(id)
      }
      if (missing.length === 0) return found
      for (const [id, userIds] of await findAudiences(db, missing)) {
        known.set(id, userIds)
        found.set(id, userIds)
      }
      return found
    },
  }
}
