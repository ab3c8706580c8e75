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
    `select array(select nextval('messages_id_seq') from generate_series(1, $3)) as ids,
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

/** Somebody has read up to a message of their own, which was just written. */
export interface Reading {
  conversationId: ConversationId
  userId: UserId
  messageId: MessageId
  /** How many they wrote after it. */
  after: number
}

/** Moves read cursors to own messages that have just been written; each is a change of its conversation. */
export async function readOwn(tx: Queryable, readings: Reading[]): Promise<void> {
  if (readings.length === 0) return
  await tx.query(
    `with read as materialized (
       select r.*, x.seq
       from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
         as r (conversation_id, user_id, message_id, after)
       ${lookup('messages', 'id = r.message_id', 'x')}
     ), changed as (
       update conversations c set change_seq = change_seq + r.count
       from (select conversation_id, count(*) from read group by 1) r
       where c.id = r.conversation_id
     )
     update members m
     set read_id = r.message_id, read_seq = r.seq, own_since_read = r.after,
         delivered_id = greatest(m.delivered_id, r.message_id)
     from read r
     where m.conversation_id = r.conversation_id and m.user_id = r.user_id`,
    [
      readings.map(({ conversationId }) => conversationId),
      readings.map(({ userId }) => userId),
      readings.map(({ messageId }) => messageId),
      readings.map(({ after }) => after),
    ],
  )
}
