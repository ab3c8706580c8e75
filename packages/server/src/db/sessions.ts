import type { Queryable } from './database.ts'
import type { UserId } from './schema.ts'

export interface SessionRow {
  userId: UserId
  csrfHash: Buffer
  expiresAt: Date
}

/** False where there is no such user, or none any more; the lock lets no session outlive an erasure beside it. */
export async function insertSession(db: Queryable, id: Buffer, session: SessionRow): Promise<boolean> {
  const rows = await db.query(
    `insert into sessions (id, user_id, csrf_hash, expires_at)
     select $1, id, $3, $4 from users where id = $2 and erased_at is null for key share returning user_id`,
    [id, session.userId, session.csrfHash, session.expiresAt],
  )
  return rows.length > 0
}

export function findSessions(db: Queryable, ids: Buffer[]): Promise<(SessionRow & { id: Buffer })[]> {
  return db.query<SessionRow & { id: Buffer }>(
    `select id, user_id as "userId", csrf_hash as "csrfHash", expires_at as "expiresAt"
     from sessions where id = any($1) and expires_at > now()`,
    [ids],
  )
}

/** Whose session it was; null where there was none. */
export async function deleteSession(db: Queryable, id: Buffer): Promise<UserId | null> {
  const [row] = await db.query<{ userId: UserId }>(
    'delete from sessions where id = $1 returning user_id as "userId"',
    [id],
  )
  return row?.userId ?? null
}

export async function deleteSessionsOf(db: Queryable, userId: UserId): Promise<Buffer[]> {
  const rows = await db.query<{ id: Buffer }>('delete from sessions where user_id = $1 returning id', [
    userId,
  ])
  return rows.map(({ id }) => id)
}

export async function deleteExpiredSessions(db: Queryable): Promise<void> {
  await db.query('delete from sessions where expires_at <= now()')
}
