import type { Queryable } from './database.ts'
import { nameOf } from './dialogs.ts'
import { lookup } from './lookup.ts'
import type { ConversationId, MessageId, UserId } from './schema.ts'
import { COUNTS, unreadCount } from './unread.ts'

/** As whom somebody is in a dialog. */
export interface DialogProfile {
  displayName: string
  company: string | null
  email: string | null
  phone: string | null
}

/** A participant as the others see one. */
export interface DialogParticipant extends Omit<DialogProfile, 'displayName'> {
  conversationId: ConversationId
  userId: UserId
  joinedAt: Date
  joinedAs: 'creator' | 'participant' | 'joined'
  displayName: string | null
  notificationsEnabled: boolean
  lastReadMessageId: MessageId | null
  unread: number
  isArchived: boolean
  isPinned: boolean
}

/** The participants of dialogs, the longest there first; of each dialog so many, or all. */
export function listDialogParticipants(
  db: Queryable,
  ids: ConversationId[],
  most: number | null = null,
): Promise<DialogParticipant[]> {
  return db.query<DialogParticipant>(
    `with behind as materialized (
       -- Most have read up to the same message, or nothing: what is unread after it is counted once.
       select r.members, c.created_by, case when c.message_seq > r.read_seq then ${unreadCount('r', 'c')} end as count
       from (
         select (member).conversation_id, (member).read_seq, 0 as own_since_read, array_agg(member) as members
         from unnest($1::bigint[]) as d (id)
         cross join lateral (
           select p as member from members p where p.conversation_id = d.id and p.left_at is null
           order by p.joined_at, p.user_id limit $2) here
         group by 1, 2
       ) r
       ${lookup('conversations', 'id = r.conversation_id', 'c')}
     )
     select m.conversation_id as "conversationId", m.user_id as "userId", m.joined_at as "joinedAt",
            case when m.user_id = b.created_by then 'creator' else m.joined_as end as "joinedAs",
            ${nameOf('m', 'u')} as "displayName", m.profile->>'company' as company,
            m.profile->>'email' as email, m.profile->>'phone' as phone,
            m.notify_level <> 'none' as "notificationsEnabled", nullif(m.read_id, 0) as "lastReadMessageId",
            coalesce(b.count - m.own_since_read, 0) as unread,
            m.archived_at is not null as "isArchived", m.pinned_at is not null as "isPinned"
     from behind b
     cross join lateral unnest(b.members) as m
     ${lookup('users', 'id = m.user_id', 'u')}
     order by m.joined_at, m.user_id`,
    [ids, most],
  )
}

/** What somebody is called in a dialog, also after having left it. */
export async function findNameIn(tx: Queryable, id: ConversationId, userId: UserId): Promise<string> {
  const [row] = await tx.query<{ name: string }>(
    `select ${nameOf('m', 'u')} as name from members m join users u on u.id = m.user_id
     where m.conversation_id = $1 and m.user_id = $2`,
    [id, userId],
  )
  return row?.name ?? userId
}

export interface Newcomer {
  userId: UserId
  joinedAs: 'participant' | 'joined'
  profile: DialogProfile
}

/**
 * Makes a member of who is none, to whom everything that others wrote before is unread; returns the new change number.
 * A conversation that is then no longer of one organisation is of none. It is locked.
 */
export async function insertNewcomer(
  tx: Queryable,
  id: ConversationId,
  { userId, joinedAs, profile }: Newcomer,
): Promise<number | null> {
  const [row] = await tx.query<{ changeSeq: number }>(
    `with joined as (
       insert into members as m
         (conversation_id, user_id, joined_id, joined_seq, own_since_read, joined_as, profile)
       select c.id, $2, coalesce(c.last_message_id, 0), c.message_seq,
              (select count(*) from messages where conversation_id = c.id and sender_id = $2 and ${COUNTS}), $3, $4::jsonb
       from conversations c where c.id = $1
       on conflict (conversation_id, user_id) do update
       set left_at = null, hidden_at = null, archived_at = null, joined_at = now(), read_id = 0, read_seq = 0,
           delivered_id = 0, joined_id = excluded.joined_id, joined_seq = excluded.joined_seq,
           own_since_read = excluded.own_since_read, joined_as = excluded.joined_as, profile = excluded.profile
     )
     update conversations c
     set change_seq = change_seq + 1,
         org_id = (select u.org_id from users u where u.id = $2 and u.org_id = c.org_id)
     where id = $1 returning change_seq as "changeSeq"`,
    [id, userId, joinedAs, JSON.stringify(profile)],
  )
  return row?.changeSeq ?? null
}

export async function setPinned(
  tx: Queryable,
  id: ConversationId,
  userId: UserId,
  isPinned: boolean,
): Promise<void> {
  await tx.query(
    `update members set pinned_at = case when $3 then coalesce(pinned_at, now()) end
     where conversation_id = $1 and user_id = $2`,
    [id, userId, isPinned],
  )
}
