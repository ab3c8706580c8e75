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
