import type { Queryable } from './database.ts'
import type { ConversationId, Cursor, MemberRole, UserId } from './schema.ts'
import { unreadCount } from './unread.ts'

/** A member as the others see it. */
export interface Participant {
  conversationId: ConversationId
  userId: UserId
  displayName: string
  avatarUrl: string | null
  role: MemberRole
  joinedAt: Date
  lastSeenAt: Date | null
  /** False of the other side of a conversation of two that is gone. */
  isActive: boolean
  unread: number
}

/** The members of conversations, or those named of them, the longest there first; of two both, whoever has gone. */
export function listParticipants(
  db: Queryable,
  ids: ConversationId[],
  userIds: UserId[] | null,
): Promise<Participant[]> {
  return db.query<Participant>(
    `select m.conversation_id as "conversationId", m.user_id as "userId", u.display_name as "displayName",
            u.avatar_url as "avatarUrl", m.role, m.joined_at as "joinedAt", u.last_seen_at as "lastSeenAt", m.left_at is null and u.erased_at is null as "isActive",
            case when m.left_at is null and c.message_seq > m.read_seq then ${unreadCount('m', 'c')} else 0 end
              as unread
     from members m join conversations c on c.id = m.conversation_id join users u on u.id = m.user_id
     where m.conversation_id = any($1) and (m.left_at is null or c.kind = 'direct')
       ${userIds ? 'and m.user_id = any($2)' : ''}
     order by m.joined_at, m.user_id`,
    userIds ? [ids, userIds] : [ids],
  )
}

/** How far the present members of a conversation have come. */
export function listCursors(db: Queryable, id: ConversationId): Promise<Cursor[]> {
  return db.query<Cursor>(
    `select user_id as "userId", read_id as "readId", delivered_id as "deliveredId" from members
     where conversation_id = $1 and left_at is null order by joined_at, user_id`,
    [id],
  )
}
