import type { Queryable } from './database.ts'
import type { UserId } from './schema.ts'

export interface Disposed {
  messages: number
  /** Files that nobody refers to any more: doomed, and to be deleted after the commit. */
  blobs: string[]
}

/**
 * False where there is no such user. The lock is the one that whoever refers to the user has to wait for: a mere
 * update would let a message or a session pass that has not seen it.
 */
export async function eraseProfile(tx: Queryable, userId: UserId): Promise<boolean> {
  const rows = await tx.query(
    `update users set display_name = 'Deleted user', avatar_url = null, role = 'user', org_id = null,
       last_seen_at = null, erased_at = coalesce(erased_at, now())
     where id = (select id from users where id = $1 for update) returning id`,
    [userId],
  )
  return rows.length > 0
}

/** Messages stay, but no longer say whose they are; nor does the event log. */
export async function unlinkMessages(tx: Queryable, userId: UserId): Promise<Disposed> {
  await lockConversationsOf(tx, userId)
  await tx.query(
    `update events set payload = jsonb_set(payload, '{message,senderId}', 'null')
     where type = 'message.created' and payload->'message'->>'senderId' = $1
       and conversation_id in (select conversation_id from members where user_id = $1)`,
    [userId],
  )
  await tx.query('update attachments set uploader_id = null where uploader_id = $1', [userId])
  const rows = await tx.query(
    'update messages set sender_id = null, client_key = null where sender_id = $1 returning id',
    [userId],
  )
  return { messages: rows.length, blobs: [] }
}

/**
 * Messages lose their content and count for nobody; what the log still held of them goes too, and in its place the
 * other members hear of each deletion.
 */
export async function eraseMessages(tx: Queryable, userId: UserId): Promise<Disposed> {
  await lockConversationsOf(tx, userId)
  const blobs = await doomBlobsOf(tx, userId)
  const rows = await tx.query<{ id: number }>(
    `update messages set deleted_at = clock_timestamp(), text = null, html = null, metadata = '{}',
       link_previews = '[]', client_key = null
     where sender_id = $1 and deleted_at is null returning id`,
    [userId],
  )
  await tellOfDeletions(
    tx,
    rows.map(({ id }) => id),
  )
  return { messages: rows.length, blobs }
}

async function doomBlobsOf(tx: Queryable, userId: UserId): Promise<string[]> {
  const rows = await tx.query<{ key: string }>(
    `with gone as (
       delete from attachments where uploader_id = $1 returning blob_key, thumbnail_key
     )
     insert into doomed_blobs (blob_key)
     select key from gone, unnest(array[blob_key, thumbnail_key]) key where key is not null
     on conflict do nothing
     returning blob_key as key`,
    [userId],
  )
  return rows.map(({ key }) => key)
}

async function lockConversationsOf(tx: Queryable, userId: UserId): Promise<void> {
  await tx.query(
    `select from conversations
     where id in (select conversation_id from members where user_id = $1) order by id for update`,
    [userId],
  )
}

async function tellOfDeletions(tx: Queryable, messageIds: number[]): Promise<void> {
  await tx.query(
    `delete from events e using messages m
     where m.id = any($1) and e.conversation_id = m.conversation_id and e.type = 'message.created'
       and (e.payload->'message'->>'id')::bigint = m.id`,
    [messageIds],
  )
  await tx.query(
    `with gone as (
       select m.conversation_id, m.id, m.deleted_at, row_number() over (partition by m.conversation_id order by m.id) as n
       from messages m where m.id = any($1)
     ), moved as (
       update conversations c
       set change_seq = c.change_seq + g.count, last_message_id = (
         select max(x.id) from messages x where x.conversation_id = c.id and x.deleted_at is null)
       from (select conversation_id, count(*) from gone group by 1) g
       where c.id = g.conversation_id
       returning c.id, c.change_seq - g.count as base
     ), present as (
       select r.conversation_id, array_agg(r.user_id) as ids
       from members r join moved on moved.id = r.conversation_id where r.left_at is null group by 1
     )
     insert into events (conversation_id, change_seq, type, payload, recipients)
     select g.conversation_id, moved.base + g.n, 'message.deleted',
            jsonb_build_object('messageId', g.id, 'deletedAt', g.deleted_at), present.ids
     from gone g join moved on moved.id = g.conversation_id
       join present on present.conversation_id = g.conversation_id
     order by g.id`,
    [messageIds],
  )
  await tx.query(
    `insert into events (conversation_id, type, payload, recipients)
     select conversation_id, 'unread.changed', jsonb_build_object('userId', user_id), array[user_id]
     from members where left_at is null
       and conversation_id in (select conversation_id from messages where id = any($1))`,
    [messageIds],
  )
}
