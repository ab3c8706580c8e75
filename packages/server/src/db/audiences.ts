import type { Queryable } from './database.ts'
import type { ConversationId, UserId } from './schema.ts'

/** Names those who are present in a conversation until somebody comes or goes. */
export type AudienceId = number

/** Who is present in a conversation (an expression). */
export const presentIn = (conversation: string) =>
  `array(select user_id from members where conversation_id = ${conversation} and left_at is null order by user_id)`

/** Writes down who is present in a conversation that is held and has no audience. */
export async function insertAudience(tx: Queryable, id: ConversationId): Promise<AudienceId> {
  const [row] = await tx.query<{ id: AudienceId }>(
    `insert into audiences (conversation_id, user_ids) values ($1, ${presentIn('$1')}) returning id`,
    [id],
  )
  if (!row) throw new Error('An insert without a condition has one row.')
  return row.id
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
