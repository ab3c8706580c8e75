import type { Queryable } from './database.ts'
import type { DialogProfile } from './dialog-members.ts'
import type { ConversationId, Subject, UserId } from './schema.ts'

/** Gives members of a new dialog their profiles. */
export async function setProfiles(
  tx: Queryable,
  id: ConversationId,
  members: { userId: UserId; profile: DialogProfile }[],
): Promise<void> {
  await tx.query(
    `update members m set profile = p.profile
     from jsonb_to_recordset($2::jsonb) as p ("userId" text, profile jsonb)
     where m.conversation_id = $1 and m.user_id = p."userId"`,
    [id, JSON.stringify(members)],
  )
}

/** Leaves what the host application has said of its own subject as it is: one that has an owner. */
export async function introduceSubject(
  tx: Queryable,
  { type, id, title, url }: Pick<Subject, 'type' | 'id' | 'title' | 'url'>,
): Promise<void> {
  await tx.query(
    `insert into subjects as s (type, id, title, url) values ($1, $2, $3, $4)
     on conflict (type, id) do update
     set title = coalesce(excluded.title, s.title), url = coalesce(excluded.url, s.url)
     where s.owner_id is null`,
    [type, id, title, url],
  )
}

export interface DeletedDialog {
  members: UserId[]
  /** Files that nobody refers to any more: doomed, and to be deleted after the commit. */
  blobs: string[]
}

/**
 * Takes everything from a dialog that is locked: messages, files, members, and what the log says of it, but for events
 * that are being numbered at this moment. Its row stays, without which its last events would be about nothing.
 */
export async function eraseDialog(tx: Queryable, id: ConversationId): Promise<DeletedDialog> {
  const [row] = await tx.query<DeletedDialog>(
    `with detached as (
       delete from attachments where conversation_id = $1 returning blob_key, thumbnail_key
     ), doomed as (
       insert into doomed_blobs (blob_key)
       select key from detached, unnest(array[blob_key, thumbnail_key]) key where key is not null
       on conflict do nothing
       returning blob_key
     ), unreacted as (
       delete from reactions where message_id in (select id from messages where conversation_id = $1)
     ), emptied as (
       delete from messages where conversation_id = $1
     ), uncounted_no_more as (
       delete from uncounted where conversation_id = $1
     ), closed as (
       delete from dialog_scopes where conversation_id = $1
     ), unnotified as (
       delete from notifications where conversation_id = $1
     ), forgotten as (
       delete from events where id in (select id from events where conversation_id = $1 for update skip locked)
     ), present as materialized (
       select user_id from members where conversation_id = $1 and left_at is null
     ), gone as (
       update members set left_at = coalesce(left_at, now()), profile = '{}' where conversation_id = $1
     )
     update conversations
     set deleted_at = now(), last_message_id = null, name = null, description = null, metadata = '{}'
     where id = $1
     returning array(select user_id from present order by user_id) as members,
       array(select blob_key from doomed) as blobs`,
    [id],
  )
  return row ?? { members: [], blobs: [] }
}

/** Tells each of these who were members that they are none any more. */
export async function tellRemoved(tx: Queryable, id: ConversationId, userIds: UserId[]): Promise<void> {
  await tx.query(
    `with moved as (
       update conversations set change_seq = change_seq + cardinality($2::text[])
       where id = $1 returning change_seq - cardinality($2::text[]) as base
     ), removed as (
       select user_id, base + place as change_seq from moved, unnest($2::text[]) with ordinality as u (user_id, place)
     )
     insert into events (conversation_id, change_seq, type, payload, recipients)
     select $1, change_seq, 'member.removed', jsonb_build_object('userId', user_id, 'by', user_id, 'heir', null),
            array[user_id] from removed
     union all
     select $1, null, 'unread.changed', jsonb_build_object('userId', user_id), array[user_id] from removed`,
    [id, userIds],
  )
}
