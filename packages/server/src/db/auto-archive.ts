import type { Queryable } from './database.ts'

/**
 * Puts dialogs in which nobody has written for so many days out of the way of all who have them in it, once each time,
 * and tells those. Answers how many there were; whoever is writing in one at this moment keeps it from being one.
 */
export async function archiveIdle(db: Queryable, days: number, limit: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `with idle as materialized (
       select id from conversations
       where kind = 'group' and subject_type is not null and deleted_at is null
         and updated_at < now() - make_interval(days => $1) and coalesce(idle_since < updated_at, true)
       limit $2 for update skip locked
     ), marked as (
       update conversations c set idle_since = now() from idle where c.id = idle.id
     ), archived as (
       update members m set archived_at = now() from idle
       where m.conversation_id = idle.id and m.left_at is null and m.archived_at is null
       returning m.conversation_id, m.user_id
     ), told as (
       insert into events (conversation_id, type, payload, recipients)
       select conversation_id, 'archive.changed',
              jsonb_build_object('userIds', array_agg(user_id order by user_id), 'isArchived', true),
              array_agg(user_id order by user_id)
       from archived group by conversation_id
     )
     select count(*) from idle`,
    [days, limit],
  )
  return row?.count ?? 0
}
