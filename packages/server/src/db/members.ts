import type { Queryable } from './database.ts'
import { lookup } from './lookup.ts'
import type { ConversationId, MemberRole, MessageId, User, UserId } from './schema.ts'
import { COUNTS, unreadCount } from './unread.ts'

export interface Place {
  conversationId: ConversationId
  userId: UserId
  messageId: MessageId
}

export interface Moved {
  changeSeq: number
  /** How many messages that had counted as unread are read now. */
  read: number
}

/** Moves a member's read cursor forward; null where it stood there or further. */
export async function moveReadCursor(
  tx: Queryable,
  { conversationId, userId, messageId, seq }: Place & { seq: number },
): Promise<Moved | null> {
  const [row] = await tx.query<Moved>(
    `with before as (
       select ${unreadCount('m', 'c')} as unread from members m join conversations c on c.id = m.conversation_id
       where m.conversation_id = $1 and m.user_id = $2
     ), moved as (
       update members
       set read_id = $3, read_seq = $4, delivered_id = greatest(delivered_id, $3),
           own_since_read = (select count(*) from messages
             where conversation_id = $1 and sender_id = $2 and id > $3 and seq > $4 and ${COUNTS})
       where conversation_id = $1 and user_id = $2 and read_id < $3
       returning read_seq, own_since_read
     )
     update conversations c set change_seq = change_seq + 1 from moved m where c.id = $1
     returning c.change_seq as "changeSeq", (select unread from before) - ${unreadCount('m', 'c')} as read`,
    [conversationId, userId, messageId, seq],
  )
  return row ?? null
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

/**
 * Puts a conversation out of its member's way, or back; for null whichever it is not. Whether it is out of the way
 * now, or null where this changed nothing.
 */
export async function setArchived(
  tx: Queryable,
  conversationId: ConversationId,
  userId: UserId,
  wanted: boolean | null,
): Promise<boolean | null> {
  const [row] = await tx.query<{ isArchived: boolean }>(
    `update members set archived_at = case when archived_at is null then now() end
     where conversation_id = $1 and user_id = $2 and (archived_at is null) = coalesce($3, archived_at is null)
     returning archived_at is not null as "isArchived"`,
    [conversationId, userId, wanted],
  )
  return row?.isArchived ?? null
}

/** Those who are in a conversation of two (`pair`), or in one about something (`subject`), or in one that is both. */
export interface Circle extends Record<'pair' | 'subject', boolean> {
  userIds: UserId[]
}

/** Those that any of these users is in: each once, however many of them are. */
export function listCircles(db: Queryable, userIds: UserId[]): Promise<Circle[]> {
  return db.query<Circle>(
    `select c.kind = 'direct' as pair, c.subject_type is not null as subject,
            array(select user_id from members where conversation_id = c.id and left_at is null) as "userIds"
     from (
       select distinct m.conversation_id as id from unnest($1::text[]) as asked (id)
       ${lookup('members', 'user_id = asked.id and left_at is null', 'm')}
     ) shared
     ${lookup('conversations', `id = shared.id and (kind = 'direct' or subject_type is not null)`, 'c')}`,
    [userIds],
  )
}

/** What a new row of members begins with, after a row `c` of conversations as it stands: nothing is unread. */
export const FROM_NOW = `coalesce(c.last_message_id, 0), c.message_seq,
  coalesce(c.last_message_id, 0), c.message_seq, coalesce(c.last_message_id, 0)`

/** Columns for a user, and for that. */
export const JOINING = '(conversation_id, user_id, joined_id, joined_seq, read_id, read_seq, delivered_id)'

/** Those of these users who are there, held so that nobody erases them before the change commits. */
export function holdUsers(tx: Queryable, ids: UserId[]): Promise<Pick<User, 'id' | 'orgId'>[]> {
  return tx.query<Pick<User, 'id' | 'orgId'>>(
    `select id, org_id as "orgId" from users where id = any($1) and erased_at is null order by id for key share`,
    [ids],
  )
}

export interface Added {
  changeSeq: number
  userIds: UserId[]
}

/** Makes members of those who are none, also of who had left; null where all are. The conversation is locked. */
export async function insertMembers(
  tx: Queryable,
  conversationId: ConversationId,
  userIds: UserId[],
): Promise<Added | null> {
  const [row] = await tx.query<Added>(
    `with added as (
       insert into members as m ${JOINING}
       select c.id, user_id, ${FROM_NOW} from conversations c, unnest($2::text[]) as user_id where c.id = $1
       on conflict (conversation_id, user_id) do update
       set left_at = null, hidden_at = null, joined_at = now(),
           joined_id = excluded.joined_id, joined_seq = excluded.joined_seq, read_id = excluded.read_id,
           read_seq = excluded.read_seq, delivered_id = excluded.delivered_id, own_since_read = 0
       where m.left_at is not null
       returning user_id
     )
     update conversations set change_seq = change_seq + 1
     where id = $1 and exists (select from added)
     returning change_seq as "changeSeq", array(select user_id from added order by user_id) as "userIds"`,
    [conversationId, userIds],
  )
  return row ?? null
}

export interface Removed {
  changeSeq: number
  heir: UserId | null
}

/**
 * Ends a membership, and hands over what the last owner leaves to whoever has been there longest, admins first. Null
 * for no member. The conversation is locked.
 */
export async function removeMember(
  tx: Queryable,
  conversationId: ConversationId,
  userId: UserId,
): Promise<Removed | null> {
  const [row] = await tx.query<Removed>(
    `with present as materialized (
       select user_id, role, joined_at from members where conversation_id = $1 and left_at is null
     ), gone as (
       update members set left_at = now(), role = 'member'
       where conversation_id = $1 and user_id = $2 and left_at is null returning user_id
     ), heir as (
       update members set role = 'owner'
       where conversation_id = $1 and user_id = (
         select user_id from present where user_id <> $2
         order by role = 'admin' desc, joined_at, user_id limit 1)
       and exists (select from present where role = 'owner' and user_id = $2)
       and not exists (select from present where role = 'owner' and user_id <> $2)
       returning user_id
     )
     update conversations set change_seq = change_seq + 1
     where id = $1 and exists (select from gone)
     returning change_seq as "changeSeq", (select user_id from heir) as heir`,
    [conversationId, userId],
  )
  return row ?? null
}

/** What a present member may do; null for no member. */
export async function findRole(
  tx: Queryable,
  conversationId: ConversationId,
  userId: UserId,
): Promise<MemberRole | null> {
  const [row] = await tx.query<{ role: MemberRole }>(
    'select role from members where conversation_id = $1 and user_id = $2 and left_at is null',
    [conversationId, userId],
  )
  return row?.role ?? null
}

/** The private conversations of more than two that a user is in. */
export async function listGroups(db: Queryable, userId: UserId): Promise<ConversationId[]> {
  const rows = await db.query<{ id: ConversationId }>(
    `select c.id from members m join conversations c on c.id = m.conversation_id
     where m.user_id = $1 and m.left_at is null and c.kind <> 'direct' and c.visibility = 'private'`,
    [userId],
  )
  return rows.map(({ id }) => id)
}
