import type { Queryable } from './database.ts'
import type { ConversationId, MessageId, UserId } from './schema.ts'

interface Deleted {
  id: MessageId
  conversationId: ConversationId
  deletedAt: Date
}

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

/**
 * Messages stay, but no longer say whose they are; nor does the event log. What nobody is told of is a gap in the
 * changes of their conversations.
 */
export async function unlinkMessages(tx: Queryable, userId: UserId): Promise<Disposed> {
  await lockConversationsOf(tx, userId)
  await forgetOwn(tx, userId)
  await tx.query(
    `update events set payload = jsonb_set(payload, '{message,senderId}', 'null')
     where type in ('message.created', 'message.updated') and payload->'message'->>'senderId' = $1
       and conversation_id in (select conversation_id from members where user_id = $1)`,
    [userId],
  )
  await tx.query('update attachments set uploader_id = null where uploader_id = $1', [userId])
  const rows = await tx.query(
    `with unlinked as (
       update messages set sender_id = null, client_key = null where sender_id = $1
       returning id, conversation_id
     ), moved as (
       update conversations set change_seq = change_seq + 1 where id in (select conversation_id from unlinked)
     )
     select id from unlinked`,
    [userId],
  )
  return { messages: rows.length, blobs: [] }
}

/** Reactions go, and whoever saw them hears how many are left; the log no longer says whose they were. */
export async function eraseReactions(tx: Queryable, userId: UserId): Promise<void> {
  await lockConversationsOf(tx, userId)
  await tx.query(
    `delete from events where type = 'reaction.added' and payload->>'userId' = $1
       and conversation_id in (select conversation_id from members where user_id = $1)`,
    [userId],
  )
  const rows = await tx.query<Fact>(
    `with gone as (
       delete from reactions where user_id = $1 returning message_id, emoji
     )
     select m.conversation_id as "conversationId", jsonb_build_object(
       'messageId', m.id, 'emoji', g.emoji, 'userId', $1::text, 'count', (
         select count(*) from reactions r
         where r.message_id = m.id and r.emoji = g.emoji and r.user_id <> $1)) as payload
     from gone g join messages m on m.id = g.message_id order by m.id, g.emoji`,
    [userId],
  )
  await tellMembers(tx, 'reaction.removed', rows)
}

/** No message that counts as unread is the user's own any more; a trigger would take off each of thousands by itself. */
async function forgetOwn(tx: Queryable, userId: UserId): Promise<void> {
  await tx.query('update members set own_since_read = 0 where user_id = $1 and own_since_read > 0', [userId])
}

/**
 * Messages lose their content and count for nobody; what the log still held of them goes too, and in its place the
 * other members hear of each deletion.
 */
export async function eraseMessages(tx: Queryable, userId: UserId): Promise<Disposed> {
  await lockConversationsOf(tx, userId)
  await forgetOwn(tx, userId)
  const blobs = await doomBlobsOf(tx, userId)
  const rows = await tx.query<Deleted>(
    `with gone as (
       update messages set deleted_at = clock_timestamp(), text = null, html = null, metadata = '{}',
         link_previews = '[]', client_key = null, pinned_at = null, pinned_by = null
       where sender_id = $1 and deleted_at is null
       returning id, conversation_id as "conversationId", deleted_at as "deletedAt"
     )
     select * from gone order by id`,
    [userId],
  )
  const ids = rows.map(({ id }) => id)
  await forget(tx, ids)
  const facts = rows.map(({ id, conversationId, deletedAt }) => ({
    conversationId,
    payload: { messageId: id, deletedAt },
  }))
  await tellMembers(tx, 'message.deleted', facts)
  await tellOfUnread(tx, ids)
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

async function forget(tx: Queryable, messageIds: MessageId[]): Promise<void> {
  await tx.query(
    `delete from events e using messages m
     where m.id = any($1) and e.conversation_id = m.conversation_id
       and e.type in ('message.created', 'message.updated') and (e.payload->'message'->>'id')::bigint = m.id`,
    [messageIds],
  )
  await tx.query('delete from link_preview_jobs where message_id = any($1)', [messageIds])
  await tx.query(
    `update conversations c set last_message_id = (
       select max(x.id) from messages x where x.conversation_id = c.id and x.deleted_at is null)
     where id in (select conversation_id from messages where id = any($1))`,
    [messageIds],
  )
}

/** An event that each present member hears of, and its place among the changes of its conversation, which is locked. */
interface Fact {
  conversationId: ConversationId
  payload: Record<string, unknown>
}

async function tellMembers(tx: Queryable, type: string, facts: Fact[]): Promise<void> {
  await tx.query(
    `with facts as (
       select f.*, row_number() over (partition by conversation_id order by nth) as place
       from unnest($2::bigint[], $3::jsonb[]) with ordinality as f (conversation_id, payload, nth)
     ), moved as (
       update conversations c set change_seq = c.change_seq + f.count
       from (select conversation_id, count(*) from facts group by 1) f where c.id = f.conversation_id
       returning c.id, c.change_seq - f.count as base,
         case c.visibility when 'org' then coalesce(c.org_id, '') end as org_id,
         case c.visibility when 'private' then (
           select a.id from audiences a where a.conversation_id = c.id and a.ended_at is null) end as audience_id
     )
     insert into events (conversation_id, change_seq, type, payload, org_id, audience_id, recipients)
     select m.id, m.base + f.place, $1, f.payload, m.org_id, m.audience_id,
       case when m.org_id is null and m.audience_id is null then array(
         select user_id from members r where r.conversation_id = m.id and r.left_at is null) end
     from facts f join moved m on m.id = f.conversation_id order by f.nth`,
    [
      type,
      facts.map(({ conversationId }) => conversationId),
      facts.map(({ payload }) => JSON.stringify(payload)),
    ],
  )
}

/**
 * To those who had not read all of these messages, where they are two: among more, whoever is connected hears of new
 * counts with each deletion.
 */
async function tellOfUnread(tx: Queryable, messageIds: MessageId[]): Promise<void> {
  await tx.query(
    `insert into events (conversation_id, type, payload, recipients)
     select m.conversation_id, 'unread.changed', jsonb_build_object('userId', m.user_id), array[m.user_id]
     from (select conversation_id, max(seq) as seq from messages where id = any($1) group by 1) gone
     join members m on m.conversation_id = gone.conversation_id and m.read_seq < gone.seq
     join conversations c on c.id = m.conversation_id and c.kind = 'direct'
     where m.left_at is null`,
    [messageIds],
  )
}
