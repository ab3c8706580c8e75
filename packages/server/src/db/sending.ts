import type { Queryable } from './database.ts'
import type { ConversationId, Message, MessageId, UserId } from './schema.ts'

/** A member out of whose sight or way a conversation is. */
interface Sleeper {
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
  /** Who hears of them: these users, or everybody of an organisation. */
  recipients: UserId[] | null
  orgId: string | null
  /** How many each sender wrote, */
  senders: { userId: UserId; count: number }[]
  /** and whom else they bring back. */
  woken: UserId[]
  /** Whether being archived ends for them too. */
  isAbout: boolean
}

export interface NewEvent {
  conversationId: ConversationId
  changeSeq: number
  payload: { message: Message }
}

/**
 * Writes messages of conversations that are held, and their events: with places in the log, of which the first one's
 * predecessor is answered, or where the log is to number them, without.
 */
export async function writeMessages(
  tx: Queryable,
  { advances, events, isNumbered }: { advances: Advance[]; events: NewEvent[]; isNumbered: boolean },
): Promise<number> {
  const [row] = await tx.query<{ base: number }>(WRITE, [
    JSON.stringify(advances),
    JSON.stringify(events),
    isNumbered ? events.length : 0,
  ])
  return row?.base ?? 0
}

const WRITE = `
  with advance as materialized (
    select * from jsonb_to_recordset($1::jsonb) as a ("conversationId" bigint, "messageSeq" bigint,
      "changeSeq" bigint, "lastMessageId" bigint, "updatedAt" timestamptz, recipients text[], "orgId" text,
      senders jsonb, woken text[], "isAbout" boolean)
  ), fresh as materialized (
    select e.n, e."conversationId", e."changeSeq", e.payload, m.*
    from rows from (jsonb_to_recordset($2::jsonb) as ("conversationId" bigint, "changeSeq" bigint, payload jsonb))
        with ordinality as e ("conversationId", "changeSeq", payload, n),
      jsonb_to_record(e.payload->'message') as m (id bigint, seq bigint, "senderId" text, type text, text text,
        html text, "clientKey" text, "replyToId" bigint, mentions text[], metadata jsonb, "createdAt" timestamptz)
  ), log as (
    update event_log set head = head + $3 where $3 > 0 returning head - $3 as base
  ), taken as (
    update conversations c
    set message_seq = a."messageSeq", change_seq = a."changeSeq", last_message_id = a."lastMessageId",
        updated_at = a."updatedAt"
    from advance a where c.id = a."conversationId"
  ), written as (
    insert into messages (id, conversation_id, seq, sender_id, type, text, html, client_key, reply_to_id, mentions,
      metadata, created_at)
    overriding system value
    select id, "conversationId", seq, "senderId", type, text, html, "clientKey", "replyToId", mentions, metadata,
      "createdAt"
    from fresh order by n
  ), counted as (
    update members m
    set own_since_read = own_since_read + s.count, hidden_at = null,
        archived_at = case when a."isAbout" then null else archived_at end
    from advance a, jsonb_to_recordset(a.senders) as s ("userId" text, count bigint)
    where m.conversation_id = a."conversationId" and m.user_id = s."userId"
  ), woken as (
    update members m set hidden_at = null, archived_at = case when a."isAbout" then null else archived_at end
    from advance a, unnest(a.woken) as w (user_id)
    where m.conversation_id = a."conversationId" and m.user_id = w.user_id
  ), told as (
    insert into events (position, conversation_id, change_seq, type, payload, recipients, org_id)
    select l.base + f.n, f."conversationId", f."changeSeq", 'message.created', f.payload, a.recipients, a."orgId"
    from fresh f join advance a on a."conversationId" = f."conversationId" left join log l on true
    order by f.n
  )
  select base from log`
