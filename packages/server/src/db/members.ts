import type { Queryable } from './database.ts'
import type { ConversationId, MessageId, UserId } from './schema.ts'

export interface Place {
  conversationId: ConversationId
  userId: UserId
  messageId: MessageId
}

/** Moves a member's read cursor forward; the new change number, or null where it stood there or further. */
export async function moveReadCursor(
  tx: Queryable,
  { conversationId, userId, messageId, seq }: Place & { seq: number },
): Promise<number | null> {
  const [row] = await tx.query<{ changeSeq: number }>(
    `with moved as (
       update members
       set read_id = $3, read_seq = $4, delivered_id = greatest(delivered_id, $3),
           own_since_read = (select count(*) from messages
             where conversation_id = $1 and sender_id = $2 and id > $3 and seq > $4)
       where conversation_id = $1 and user_id = $2 and read_id < $3
       returning conversation_id
     )
     update conversations set change_seq = change_seq + 1
     where id = $1 and exists (select from moved) returning change_seq as "changeSeq"`,
    [conversationId, userId, messageId, seq],
  )
  return row?.changeSeq ?? null
}

/** The same for the delivered cursor. */
export async function moveDeliveredCursor(
  tx: Queryable,
  { conversationId, userId, messageId }: Place,
): Promise<number | null> {
  const [row] = await tx.query<{ changeSeq: number }>(
    `with moved as (
       update members set delivered_id = $3
       where conversation_id = $1 and user_id = $2 and delivered_id < $3
       returning conversation_id
     )
     update conversations set change_seq = change_seq + 1
     where id = $1 and exists (select from moved) returning change_seq as "changeSeq"`,
    [conversationId, userId, messageId],
  )
  return row?.changeSeq ?? null
}

/**
 * Somebody's row in a channel of their organisation, where they have none yet or had left: nothing that was written
 * until now counts as unread, and nothing that they saw before disappears.
 */
export async function enterChannel(
  tx: Queryable,
  conversationId: ConversationId,
  userId: UserId,
): Promise<void> {
  await tx.query(
    `insert into members as m (conversation_id, user_id, read_id, read_seq, delivered_id, joined_seq)
     select id, $2, coalesce(last_message_id, 0), message_seq, coalesce(last_message_id, 0), message_seq
     from conversations where id = $1
     on conflict (conversation_id, user_id) do update
     set left_at = null, hidden_at = null, muted_until = null, own_since_read = 0, read_seq = excluded.read_seq,
         read_id = greatest(m.read_id, excluded.read_id), delivered_id = greatest(m.delivered_id, excluded.read_id)
     where m.left_at is not null`,
    [conversationId, userId],
  )
}

/** True where this changed anything. */
export async function setHidden(
  tx: Queryable,
  conversationId: ConversationId,
  userId: UserId,
  hidden: boolean,
): Promise<boolean> {
  const rows = await tx.query(
    `update members set hidden_at = case when $3 then now() end
     where conversation_id = $1 and user_id = $2 and (hidden_at is null) = $3 returning user_id`,
    [conversationId, userId, hidden],
  )
  return rows.length > 0
}

/** The other sides of a user's conversations of two. */
export async function listCompanions(db: Queryable, userId: UserId): Promise<UserId[]> {
  const rows = await db.query<{ id: UserId }>(
    `select distinct o.user_id as id
     from members m
     join conversations c on c.id = m.conversation_id and c.kind = 'direct'
     join members o on o.conversation_id = c.id and o.user_id <> m.user_id
     where m.user_id = $1 and m.left_at is null and o.left_at is null`,
    [userId],
  )
  return rows.map(({ id }) => id)
}
