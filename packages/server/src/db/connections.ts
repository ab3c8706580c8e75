import type { Queryable } from './database.ts'
import type { UserId } from './schema.ts'

/** A process that has said nothing for so long is no more. */
const ALIVE = `interval '30 seconds'`

/** Writes down that a process is alive, and who is connected to it now. */
export async function recordConnections(db: Queryable, processId: string, userIds: UserId[]): Promise<void> {
  await db.query(
    `with process as (
       insert into processes (id) values ($1) on conflict (id) do update set alive_at = now()
     ), here as materialized (
       select user_id from unnest($2::text[]) as user_id
     ), gone as (
       delete from connected_users u
       where process_id = $1 and not exists (select from here where here.user_id = u.user_id)
     )
     insert into connected_users (process_id, user_id) select $1, user_id from here on conflict do nothing`,
    [processId, userIds],
  )
}

/** For a process that ends. */
export async function forgetProcess(db: Queryable, processId: string): Promise<void> {
  await db.query('delete from processes where id = $1', [processId])
}

/** The same for those that ended without a word. */
export async function forgetDeadProcesses(db: Queryable): Promise<void> {
  await db.query(
    `delete from processes where id in (
       select id from processes where alive_at < now() - ${ALIVE} for update skip locked)`,
  )
}

/** Whether a row `u` of users is connected to another process than the one of parameter `$n`. */
export const isConnectedElsewhere = (n: number) => `exists (
  select from connected_users e join processes p on p.id = e.process_id
  where e.user_id = u.id and p.id <> $${n} and p.alive_at > now() - ${ALIVE})`
