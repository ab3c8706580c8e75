import type { Queryable } from './database.ts'
import type { ConversationId, UserId } from './schema.ts'

/** Where the log tells of somebody's last coming to a conversation: 0 where it forgot, null where that has no place yet. */
export async function joiningPosition(
  db: Queryable,
  conversationId: ConversationId,
  userId: UserId,
): Promise<number | null> {
  const [row] = await db.query<{ position: number | null }>(
    `select position from events
     where conversation_id = $1
       and (type = 'conversation.created' or (type = 'member.added' and payload->'userIds' ? $2))
     order by position desc nulls first limit 1`,
    [conversationId, userId],
  )
  return row ? row.position : 0
}
