import type { Queryable } from './database.ts'
import { lookup } from './lookup.ts'
import type { ConversationId, UserId } from './schema.ts'

/**
 * Messages that count as unread, for a row `m` of members and its row `c` of conversations: all since the one read,
 * less the member's own, less those that nobody counts (deleted, system), whosever they are. Only of the stretch that
 * the one read stands in these are visited; a trigger counts them in each stretch.
 */
export const unreadCount = (m: string, c: string) =>
  `(${c}.message_seq - ${m}.read_seq - ${m}.own_since_read - (
     select count(*) from messages x
     where x.conversation_id = ${c}.id and x.seq > ${m}.read_seq and x.seq <= (${m}.read_seq | 4095)
       and (x.type = 'system' or x.deleted_at is not null)
   ) - case when ${c}.message_seq > (${m}.read_seq | 4095) then (
     select coalesce(sum(u.count), 0)::bigint from uncounted u
     where u.conversation_id = ${c}.id and u.stretch > (${m}.read_seq >> 12)) else 0 end)`

/** Whether a message counts for those who did not write it. */
export const COUNTS = `type <> 'system' and deleted_at is null`

/** Those of them that name the member. No other index has the sum: the planner would pass the whole conversation. */
export const unreadMentions = (m: string, c: string) =>
  `(select count(*) from messages x
     where x.mentions <> '{}' and x.conversation_id + 0 = ${c}.id and x.mentions @> array[${m}.user_id]
       and x.seq > ${m}.read_seq and x.deleted_at is null and x.sender_id is distinct from ${m}.user_id)`

export interface Unread {
  userId: UserId
  conversationId: ConversationId
  unread: number
  mentions: number
}

/** The counts of many users in their conversations; without those who are not in them, or of another organisation now. */
export function readUnread(
  db: Queryable,
  places: Pick<Unread, 'userId' | 'conversationId'>[],
): Promise<Unread[]> {
  return db.query<Unread>(
    `select m.user_id as "userId", m.conversation_id as "conversationId",
            case when m.hidden_at is null then ${unreadCount('m', 'c')} else 0 end as unread,
            case when m.hidden_at is null then ${unreadMentions('m', 'c')} else 0 end as mentions
     from unnest($1::text[], $2::bigint[]) as p (user_id, conversation_id)
     ${lookup('members', 'conversation_id = p.conversation_id and user_id = p.user_id and left_at is null', 'm')}
     ${lookup('conversations', 'id = m.conversation_id', 'c')}
     ${lookup('users', `id = m.user_id and coalesce(org_id, '') = coalesce(c.org_id, '')`, 'u')}`,
    [places.map(({ userId }) => userId), places.map(({ conversationId }) => conversationId)],
  )
}
