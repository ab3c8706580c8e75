import type { Queryable } from './database.ts'
import { lookup } from './lookup.ts'
import type { ConversationId, MessageId, UserId } from './schema.ts'

/** A member out of whose sight or way a conversation is. */
export interface Sleeper {
  conversationId: ConversationId
  userId: UserId
  isHidden: boolean
  isArchived: boolean
}

/** What messages to conversations that are held are written from. */
export interface Ground {
  /** For messages; they rise. */
  ids: MessageId[]
  /** Those of the senders who have not been erased, and are not until this commits. */
  senders: UserId[]
  asleep: Sleeper[]
}

export async function readGround(
  tx: Queryable,
  {
    conversationIds,
    senderIds,
    count,
  }: { conversationIds: ConversationId[]; senderIds: UserId[]; count: number },
): Promise<Ground> {
  const [ground] = await tx.query<Ground>(
    `select array(select nextval('messages_id_seq') from generate_series(1, $3)) as ids,
       array(select id from users where id = any($2) and erased_at is null order by id for key share) as senders,
       (select coalesce(jsonb_agg(jsonb_build_object('conversationId', conversation_id, 'userId', user_id,
          'isHidden', hidden_at is not null, 'isArchived', archived_at is not null) order by user_id), '[]')
        from members
        where conversation_id = any($1) and left_at is null
          and (hidden_at is not null or archived_at is not null)) as asleep`,
    [conversationIds, senderIds, count],
  )
  if (!ground) throw new Error('A select without a table has one row.')
  return ground
}

/** Brings conversations that are held back to those who put them away. */
export async function wake(
  tx: Queryable,
  sleepers: Pick<Sleeper, 'conversationId' | 'userId'>[],
): Promise<void> {
  if (sleepers.length === 0) return
  await tx.query(
    `update members m
     set hidden_at = null, archived_at = case when c.subject_type is null then m.archived_at end
     from unnest($1::bigint[], $2::text[]) as w (conversation_id, user_id)
     ${lookup('conversations', 'id = w.conversation_id', 'c')}
     where m.conversation_id = c.id and m.user_id = w.user_id`,
    [sleepers.map(({ conversationId }) => conversationId), sleepers.map(({ userId }) => userId)],
  )
}

/** Somebody has read up to a message of their own, which was written in this transaction if it was written at all. */
export interface Reading {
  conversationId: ConversationId
  userId: UserId
  /** How many messages were written there after it, */
  later: number
  /** and how many of these are the reader's and count as unread for others. */
  own: number
  /** How many readings of the conversation come after it. */
  left: number
}

/**
 * Moves read cursors to own messages that have just been written, and writes the events of it, without places in the log: of
 * the change of the conversation, which was counted as they were written (to update a row twice has its keys checked), and of
 * the reader's own count where there was anything before it, whoever counts that.
 */
export async function readOwn(tx: Queryable, readings: Reading[]): Promise<void> {
  if (readings.length === 0) return
  await tx.query(
    `with own as materialized (
       select r.*, x.id, x.seq, c.change_seq - r."left" as change_seq,
         x.seq - m.read_seq > m.own_since_read - r.own as changes,
         case c.visibility when 'org' then c.org_id end as org_id,
         case c.visibility when 'private' then (
           select a.id from audiences a where a.conversation_id = c.id and a.ended_at is null) end as audience_id
       from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
         as r (conversation_id, user_id, later, own, "left")
       ${lookup('conversations', 'id = r.conversation_id', 'c')}
       ${lookup('members', 'conversation_id = c.id and user_id = r.user_id', 'm')}
       cross join lateral (
         select id, seq, sender_id, xmin as writer from messages
         where conversation_id = c.id order by id desc offset r.later limit 1) x
       where x.sender_id = r.user_id and x.writer = pg_current_xact_id()::xid
     ), moved as (
       update members m
       set read_id = o.id, read_seq = o.seq, own_since_read = o.own, delivered_id = greatest(m.delivered_id, o.id)
       from own o
       where m.conversation_id = o.conversation_id and m.user_id = o.user_id
     )
     insert into events (conversation_id, change_seq, type, payload, recipients, org_id, audience_id)
     select conversation_id, change_seq, 'message.read',
       jsonb_build_object('userId', user_id, 'messageId', id, 'readAt', clock_timestamp()::timestamptz(3)),
       null, org_id, audience_id
     from own
     union all
     select conversation_id, null, 'unread.changed', jsonb_build_object('userId', user_id), array[user_id], null, null
     from own where changes
     order by change_seq`,
    [
      readings.map(({ conversationId }) => conversationId),
      readings.map(({ userId }) => userId),
      readings.map(({ later }) => later),
      readings.map(({ own }) => own),
      readings.map(({ left }) => left),
    ],
  )
}
