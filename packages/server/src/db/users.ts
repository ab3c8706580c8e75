import type { Queryable } from './database.ts'
import type { User, UserId } from './schema.ts'

const USER = `id, display_name as "displayName", avatar_url as "avatarUrl", role, org_id as "orgId",
  last_seen_at as "lastSeenAt", created_at as "createdAt", erased_at as "erasedAt"`

export async function findUser(db: Queryable, id: UserId): Promise<User | null> {
  const [user] = await db.query<User>(`select ${USER} from users where id = $1`, [id])
  return user ?? null
}

export function findUsers(db: Queryable, ids: UserId[]): Promise<User[]> {
  return db.query<User>(`select ${USER} from users where id = any($1)`, [ids])
}

/** Those of these users who are of an organisation. */
export async function listColleagues(db: Queryable, orgId: string | null, ids: UserId[]): Promise<UserId[]> {
  const rows = await db.query<{ id: UserId }>(
    'select id from users where id = any($1) and org_id = $2 and erased_at is null',
    [ids, orgId],
  )
  return rows.map(({ id }) => id)
}

/** Those who help people, held so that nobody erases them before the change commits. */
export async function listStaff(tx: Queryable): Promise<UserId[]> {
  const rows = await tx.query<{ id: UserId }>(
    `select id from users where role <> 'user' and erased_at is null order by id for key share`,
  )
  return rows.map(({ id }) => id)
}

export type UserProfile = Pick<User, 'id' | 'displayName' | 'avatarUrl' | 'role' | 'orgId'>

export interface Upserted {
  user: User
  created: boolean
  /** From one organisation to another. */
  moved: boolean
}

export async function upsertUser(db: Queryable, profile: UserProfile): Promise<Upserted> {
  const [row] = await db.query<User & Omit<Upserted, 'user'>>(
    `with before as (select org_id from users where id = $1)
     insert into users (id, display_name, avatar_url, role, org_id) values ($1, $2, $3, $4, $5)
     on conflict (id) do update set display_name = excluded.display_name, avatar_url = excluded.avatar_url,
       role = excluded.role, org_id = excluded.org_id, erased_at = null
     returning ${USER}, xmax = 0 as created,
       exists (select from before b where b.org_id is distinct from users.org_id) as moved`,
    [profile.id, profile.displayName, profile.avatarUrl, profile.role, profile.orgId],
  )
  if (!row) throw new Error('An upsert returned no row.')
  const { created, moved, ...user } = row
  return { user, created, moved }
}

/** Leaves whoever is there already as they are. */
export async function insertUser(db: Queryable, id: UserId, displayName: string): Promise<void> {
  await db.query('insert into users (id, display_name) values ($1, $2) on conflict (id) do nothing', [
    id,
    displayName,
  ])
}

/** The same for many. */
export async function insertUsers(
  db: Queryable,
  users: { userId: UserId; displayName: string }[],
): Promise<void> {
  await db.query(
    `insert into users (id, display_name) select id, name from unnest($1::text[], $2::text[]) as u (id, name)
     order by id on conflict (id) do nothing`,
    [users.map(({ userId }) => userId), users.map(({ displayName }) => displayName)],
  )
}

/**
 * When users were last seen, as the process remembers it; never moves back, nor returns to who was erased. Rows are
 * locked in the order of ids: processes that write the same users at once wait in turn.
 */
export async function recordSeen(db: Queryable, seen: Map<UserId, Date>): Promise<void> {
  await db.query(
    `with present as (
       select u.id, s.at from users u join unnest($1::text[], $2::timestamptz[]) as s (id, at) on s.id = u.id
       where u.erased_at is null order by u.id for no key update of u
     )
     update users u set last_seen_at = greatest(u.last_seen_at, p.at) from present p where u.id = p.id`,
    [[...seen.keys()], [...seen.values()]],
  )
}
