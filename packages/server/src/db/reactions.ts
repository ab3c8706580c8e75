import type { Queryable } from './database.ts'
import type { Message, MessageId, UserId } from './schema.ts'

/** Who reacted to a message with what. */
export interface Reaction {
  emoji: string
  count: number
  /** The first 20 of them. */
  userIds: UserId[]
  /** Whether the one who asks is among them. */
  mine: boolean
}

/** Of many messages at once, each one's in the order in which they were first used. */
export function listReactions(
  db: Queryable,
  userId: UserId,
  messageIds: MessageId[],
): Promise<(Reaction & { messageId: MessageId })[]> {
  return db.query(
    `select message_id as "messageId", emoji, count(*),
            (array_agg(user_id order by created_at, user_id))[1:20] as "userIds", bool_or(user_id = $2) as mine
     from reactions where message_id = any($1)
     group by message_id, emoji order by message_id, min(created_at), emoji`,
    [messageIds, userId],
  )
}

/** How many different reactions a message has besides this one. */
export async function countOtherEmoji(tx: Queryable, messageId: MessageId, emoji: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    'select count(distinct emoji) from reactions where message_id = $1 and emoji <> $2',
    [messageId, emoji],
  )
  return row?.count ?? 0
}

interface OneReaction {
  message: Pick<Message, 'conversationId' | 'id'>
  emoji: string
  userId: UserId
}

interface Counted {
  /** How many have this reaction on the message now. */
  count: number
  changeSeq: number
}

/** Null where it was there already. */
export async function insertReaction(
  tx: Queryable,
  { message, emoji, userId }: OneReaction,
): Promise<Counted | null> {
  const [row] = await tx.query<Counted>(
    `with added as (
       insert into reactions (message_id, emoji, user_id, created_at) values ($2, $3, $4, clock_timestamp())
       on conflict do nothing returning user_id
     )
     update conversations set change_seq = change_seq + 1 where id = $1 and exists (select from added)
     returning change_seq as "changeSeq",
       (select count(*) + 1 from reactions where message_id = $2 and emoji = $3) as count`,
    [message.conversationId, message.id, emoji, userId],
  )
  return row ?? null
}

/** Null where there was none. */
export async function deleteReaction(
  tx: Queryable,
  { message, emoji, userId }: OneReaction,
): Promise<Counted | null> {
  const [row] = await tx.query<Counted>(
    `with removed as (
       delete from reactions where message_id = $2 and emoji = $3 and user_id = $4 returning user_id
     )
     update conversations set change_seq = change_seq + 1 where id = $1 and exists (select from removed)
     returning change_seq as "changeSeq",
       (select count(*) - 1 from reactions where message_id = $2 and emoji = $3) as count`,
    [message.conversationId, message.id, emoji, userId],
  )
  return row ?? null
}
