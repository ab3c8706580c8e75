import type { Queryable } from './database.ts'
import type { User, UserId, UserStatus } from './schema.ts'

export interface StatusRow extends Pick<User, 'id' | 'lastSeenAt'> {
  /** The user's own word. */
  status: UserStatus
}

/** Of users who are not erased. */
export function findStatuses(db: Queryable, ids: UserId[]): Promise<(StatusRow & { org: string })[]> {
  return db.query<StatusRow & { org: string }>(
    `select id, status, last_seen_at as "lastSeenAt", coalesce(org_id, '') as org
     from users where id = any($1) and erased_at is null`,
    [ids],
  )
}

export async function updateStatus(db: Queryable, id: UserId, status: UserStatus): Promise<void> {
  await db.query('update users set status = $2 where id = $1', [id, status])
}
