import type { Queryable } from './database.ts'
import type { ConversationId, UserId } from './schema.ts'

/** Names those who are present in a conversation until somebody comes or goes. */
export type AudienceId = number

/** Writes down who is present in conversations that are held and have no audience. */
export async function formAudiences(
  tx: Queryable,
  ids: ConversationId[],
): Promise<Map<ConversationId, AudienceId>> {
  const rows = await tx.query<{ conversationId: ConversationId; id: AudienceId }>(
    `insert into audiences (conversation_id, user_ids)
     select id, array(select user_id from members where conversation_id = id and left_at is null order by user_id)
     from unnest($1::bigint[]) as id
     returning conversation_id as "conversationId", id`,
    [ids],
  )
  return new Map(rows.map(({ conversationId, id }) => [conversationId, id]))
}

export async function findAudiences(db: Queryable, ids: AudienceId[]): Promise<Map<AudienceId, UserId[]>> {
  const rows = await db.query<{ id: AudienceId; userIds: UserId[] }>(
    'select id, user_ids as "userIds" from audiences where id = any($1)',
    [ids],
  )
  return new Map(rows.map(({ id, userIds }) => [id, userIds]))
}

/** The present members of a private conversation, or those of some users. */
export async function listPresent(
  db: Queryable,
  id: ConversationId,
  of: UserId[] | null = null,
): Promise<UserId[]> {
  const rows = await db.query<{ userId: UserId }>(
    `select user_id as "userId" from members
     where conversation_id = $1 and left_at is null ${of ? 'and user_id = any($2)' : ''}`,
    of ? [id, of] : [id],
  )
  return rows.map(({ userId }) => userId)
}
