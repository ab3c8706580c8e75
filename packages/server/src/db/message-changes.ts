import type { Queryable } from './database.ts'
import type { Message, UserId } from './schema.ts'

type Place = Pick<Message, 'conversationId' | 'id'>

export interface Edit {
  editedAt: Date
  changeSeq: number
}

/** Gives a message another text. Null where that is its text already. */
export async function updateText(
  tx: Queryable,
  { conversationId, id }: Place,
  { text, html, linkPreviews }: Pick<Message, 'text' | 'html' | 'linkPreviews'>,
): Promise<Edit | null> {
  const [row] = await tx.query<Edit>(
    `with edited as (
       update messages set text = $3, html = $5, link_previews = $4::jsonb, edited_at = clock_timestamp()
       where id = $2 and (text is distinct from $3 or html is distinct from $5)
       returning edited_at
     )
     update conversations set change_seq = change_seq + 1 where id = $1 and exists (select from edited)
     returning change_seq as "changeSeq", (select edited_at from edited) as "editedAt"`,
    [conversationId, id, text, JSON.stringify(linkPreviews), html],
  )
  return row ?? null
}

export interface Deletion {
  deletedAt: Date
  changeSeq: number
  /** Files that nobody refers to any more: doomed, and to be deleted after the commit. */
  blobs: string[]
}

/**
 * Takes a message's content away; the row stays, so that numbers and replies keep their meaning, and so does the
 * sender's key, so that a late repeat of the send does not bring it back. Null where it was deleted before.
 */
export async function eraseContent(tx: Queryable, { conversationId, id }: Place): Promise<Deletion | null> {
  const [row] = await tx.query<Deletion>(
    `with gone as (
       update messages
       set deleted_at = clock_timestamp(), text = null, html = null, mentions = '{}', link_previews = '[]',
           metadata = '{}', pinned_at = null, pinned_by = null
       where id = $2 and deleted_at is null
       returning id, deleted_at
     ), unreacted as (
       delete from reactions using gone where message_id = gone.id
     ), unpreviewed as (
       delete from link_preview_jobs using gone where message_id = gone.id
     ), detached as (
       delete from attachments using gone where message_id = gone.id returning blob_key, thumbnail_key
     ), doomed as (
       insert into doomed_blobs (blob_key)
       select key from detached, unnest(array[blob_key, thumbnail_key]) key where key is not null
       on conflict do nothing
       returning blob_key
     )
     update conversations
     set change_seq = change_seq + 1,
         last_message_id = case when last_message_id = $2 then (
           select max(m.id) from messages m where m.conversation_id = $1 and m.id < $2 and m.deleted_at is null
         ) else last_message_id end
     where id = $1 and exists (select from gone)
     returning change_seq as "changeSeq", (select deleted_at from gone) as "deletedAt",
       array(select blob_key from doomed) as blobs`,
    [conversationId, id],
  )
  return row ?? null
}

/**
 * Takes a deleted message's content out of the log too, so that nobody recovers it. Rows that are being numbered at
 * this moment are left alone: they are on their way to whoever listens, and two who wait for each other help nobody.
 */
export async function eraseFromLog(tx: Queryable, tombstone: Message): Promise<void> {
  await tx.query(
    `update events set payload = jsonb_set(payload, '{message}', $3::jsonb)
     where id in (
       select id from events
       where conversation_id = $1 and type in ('message.created', 'message.updated')
         and (payload->'message'->>'id')::bigint = $2
       for update skip locked
     )`,
    [tombstone.conversationId, tombstone.id, JSON.stringify(tombstone)],
  )
}

/** For whom a message of a conversation still counts as unread. */
export async function listUnreadBy(
  tx: Queryable,
  { conversationId, seq, senderId }: Message,
): Promise<UserId[]> {
  const rows = await tx.query<{ userId: UserId }>(
    `select user_id as "userId" from members
     where conversation_id = $1 and read_seq < $2 and user_id is distinct from $3
       and left_at is null and hidden_at is null`,
    [conversationId, seq, senderId],
  )
  return rows.map(({ userId }) => userId)
}
