import type { Queryable } from './database.ts'
import type { EventRow } from './events.ts'
import type { ConversationId, Message, MessageId, UserId } from './schema.ts'

/** A member out of whose sight or way a conversation is. */
export interface Sleeper {
  conversationId: ConversationId
  userId: UserId
  isHidden: boolean
  isArchived: boolean
}

/** What messages to conversations that are held are written from. */
export interface Ground {
  now: Date
  /** For messages; they rise. */
  ids: MessageId[]
  /** Those of the senders who have not been erased, and are not until this commits. */
  senders: UserId[]
  asleep: Sleeper[]
  /** Whether events that were committed before have no place in the log yet. */
  isLogBehind: boolean
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
    `select clock_timestamp()::timestamptz(3) as now,
       array(select nextval('messages_id_seq') from generate_series(1, $3)) as ids,
       array(select id from users where id = any($2) and erased_at is null order by id for key share) as senders,
       (select coalesce(jsonb_agg(jsonb_build_object('conversationId', conversation_id, 'userId', user_id,
          'isHidden', hidden_at is not null, 'isArchived', archived_at is not null) order by user_id), '[]')
        from members
        where conversation_id = any($1) and left_at is null
          and (hidden_at is not null or archived_at is not null)) as asleep,
       exists (select from events where position is null) as "isLogBehind"`,
    [conversationIds, senderIds, count],
  )
  if (!ground) throw new Error('A select without a table has one row.')
  return ground
}

/** How a conversation stands once its messages are written. */
export interface Advance {
  conversationId: ConversationId
  messageSeq: number
  changeSeq: number
  lastMessageId: MessageId
  updatedAt: Date
  /** How many each sender wrote, and whom else they bring back. */
  touched: { userId: UserId; count: number }[]
  /** Whether being archived ends for these too. */
  isAbout: boolean
}

export type NewMessageEvent = Pick<
  EventRow,
  'conversationId' | 'changeSeq' | 'recipients' | 'orgId' | 'audienceId'
> & { payload: { message: Message } }

/**
 * Writes messages of conversations that are held, and their events: with places in the log, of which the first one's
 * predecessor is answered, or where the log is to number them, without.
 */
export async function writeMessages(
  tx: Queryable,
  { advances, events, isNumbered }: { advances: Advance[]; events: NewMessageEvent[]; isNumbered: boolean },
): Promise<number> {
  const touched = advances.flatMap(({ conversationId, isAbout, touched }) =>
    touched.map((member) => ({ conversationId, isAbout, ...member })),
  )
  const [row] = await tx.query<{ base: number }>(WRITE, [
    JSON.stringify(events),
    isNumbered ? events.length : 0,
    advances.map(({ conversationId }) => conversationId),
    advances.map(({ messageSeq }) => messageSeq),
    advances.map(({ changeSeq }) => changeSeq),
    advances.map(({ lastMessageId }) => lastMessageId),
    advances.map(({ updatedAt }) => updatedAt),
    touched.map(({ conversationId }) => conversationId),
    touched.map(({ userId }) => userId),
    touched.map(({ count }) => count),
    touched.map(({ isAbout }) => isAbout),
  ])
  return row?.base ?? 0
}

const WRITE = `
  with fresh as materialized (
    select e.n, e."conversationId", e."changeSeq", e.payload, e.recipients, e."orgId", e."audienceId", m.*
    from rows from (jsonb_to_recordset($1::jsonb) as ("conversationId" bigint, "changeSeq" bigint, payload jsonb,
        recipients text[], "orgId" text, "audienceId" bigint))
        with ordinality as e ("conversationId", "changeSeq", payload, recipients, "orgId", "audienceId", n),
      jsonb_to_record(e.payload->'message') as m (id bigint, seq bigint, "senderId" text, type text, text text,
        html text, "clientKey" text, "replyToId" bigint, mentions text[], metadata jsonb, "createdAt" timestamptz)
  ), log as (
    update event_log set head = head + $2 where $2 > 0 returning head - $2 as base
  ), taken as (
    update conversations c
    set message_seq = a.message_seq, change_seq = a.change_seq, last_message_id = a.last_message_id,
        updated_at = a.updated_at
    from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[])
      as a (conversation_id, message_seq, change_seq, last_message_id, updated_at)
    where c.id = a.conversation_id
  ), written as (
    insert into messages (id, conversation_id, seq, sender_id, type, text, html, client_key, reply_to_id, mentions,
      metadata, created_at)
    overriding system value
    select id, "conversationId", seq, "senderId", type, text, html, "clientKey", "replyToId", mentions, metadata,
      "createdAt"
    from fresh order by n
  ), counted as (
    update members m
    set own_since_read = own_since_read + t.count, hidden_at = null,
        archived_at = case when t.is_about then null else archived_at end
    from unnest($8::bigint[], $9::text[], $10::bigint[], $11::boolean[])
      as t (conversation_id, user_id, count, is_about)
    where m.conversation_id = t.conversation_id and m.user_id = t.user_id
  ), told as (
    insert into events (position, conversation_id, change_seq, type, payload, recipients, org_id, audience_id)
    select l.base + f.n, f."conversationId", f."changeSeq", 'message.created', f.payload, f.recipients, f."orgId",
      f."audienceId"
    from fresh f left join log l on true
    order by f.n
  )
  select base from log`

/** Somebody has read up to a message of their own, which was just written. */
export interface Reading {
  conversationId: ConversationId
  userId: UserId
  messageId: MessageId
  seq: number
  /** How many they wrote after it. */
  after: number
}

/** Moves read cursors to own messages that have just been written. */
export async function readOwn(tx: Queryable, readings: Reading[]): Promise<void> {
  if (readings.length === 0) return
  await tx.query(
    `update members m
     set read_id = r.message_id, read_seq = r.seq, own_since_read = r.after,
         delivered_id = greatest(m.delivered_id, r.message_id)
     from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
       as r (conversation_id, user_id, message_id, seq, after)
     where m.conversation_id = r.conversation_id and m.user_id = r.user_id`,
    [
      readings.map(({ conversationId }) => conversationId),
      readings.map(({ userId }) => userId),
      readings.map(({ messageId }) => messageId),
      readings.map(({ seq }) => seq),
      readings.map(({ after }) => after),
    ],
  )
}
