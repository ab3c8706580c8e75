import type { Queryable } from './database.ts'
import { messageJson, parseMessage } from './messages.ts'
import type { MessageJson } from './messages.ts'
import { reachParams, within } from './reach.ts'
import type {
  Conversation,
  ConversationId,
  Cursor,
  MemberRole,
  Message,
  MessageId,
  Reach,
  Subject,
  User,
  UserId,
} from './schema.ts'
import { unreadCount } from './unread.ts'

const CONVERSATION = `c.id, c.kind, c.visibility, c.history_mode as "historyMode", c.org_id as "orgId",
  c.subject_type as "subjectType", c.subject_id as "subjectId", c.name, c.description,
  c.created_by as "createdBy", c.message_seq as "messageSeq", c.change_seq as "changeSeq",
  c.last_message_id as "lastMessageId", c.archived_at as "archivedAt",
  c.created_at as "createdAt", c.updated_at as "updatedAt"`

const CURSORS = `(select jsonb_agg(jsonb_build_object(
    'userId', p.user_id, 'readId', p.read_id, 'deliveredId', p.delivered_id))
  from members p where p.conversation_id = c.id and c.kind = 'direct') as cursors`

/** As JSON carries it. */
export type ConversationJson = Omit<Conversation, ConversationTime> &
  Record<'createdAt' | 'updatedAt', string> & { archivedAt: string | null }
type ConversationTime = 'archivedAt' | 'createdAt' | 'updatedAt'

export function parseConversation(json: ConversationJson): Conversation {
  return {
    ...json,
    archivedAt: json.archivedAt === null ? null : new Date(json.archivedAt),
    createdAt: new Date(json.createdAt),
    updatedAt: new Date(json.updatedAt),
  }
}

export interface Access extends Conversation {
  /** Null for somebody without a row of members: never a member, or one of an organisation that has not looked in yet. */
  role: MemberRole | null
  joinedAt: Date | null
  leftAt: Date | null
  hiddenAt: Date | null
  /** Whether the conversation is open to the user's whole organisation. */
  isOfOrg: boolean
  /** What a newcomer sees begins after this message. */
  joinedId: MessageId
  readId: MessageId
  deliveredId: MessageId
  /** Present members: whom an event of this conversation concerns. Null where that is the organisation. */
  recipients: UserId[] | null
  /** How far each side of a conversation of two has come; null where there may be thousands. */
  cursors: Cursor[] | null
}

/** One conversation as one user stands to it, and null where the reach does not hold it. */
export async function findAccess(
  tx: Queryable,
  id: ConversationId,
  userId: UserId,
  reach: Reach,
): Promise<Access | null> {
  const [row] = await tx.query<Access>(
    `select ${CONVERSATION}, ${CURSORS}, m.role, m.joined_at as "joinedAt", m.left_at as "leftAt",
            m.hidden_at as "hiddenAt", coalesce(m.joined_id, 0) as "joinedId",
            coalesce(m.read_id, 0) as "readId", coalesce(m.delivered_id, 0) as "deliveredId",
            c.visibility = 'org' and exists (select from users u where u.id = $2 and u.org_id = c.org_id)
              as "isOfOrg",
            case when c.visibility = 'private' then
              array(select user_id from members r where r.conversation_id = c.id and r.left_at is null) end
              as recipients
     from conversations c left join members m on m.conversation_id = c.id and m.user_id = $2
     where c.id = $1 and ${within(3)}`,
    [id, userId, ...reachParams(reach)],
  )
  return row ?? null
}

/** Whoever changes a conversation holds its row: numbers are then given in the order of commits. */
export async function lockConversation(tx: Queryable, id: ConversationId): Promise<void> {
  await tx.query('select from conversations where id = $1 for update', [id])
}

export interface NewConversation {
  kind: Conversation['kind']
  uniqueKey: string
  subject: Pick<Subject, 'type' | 'id'>
  createdBy: UserId
  memberIds: UserId[]
}

/** The new conversation, or null where its key is taken: never two, however many ask at once. */
export async function insertConversation(
  tx: Queryable,
  { kind, uniqueKey, subject, createdBy, memberIds }: NewConversation,
): Promise<Conversation | null> {
  const [row] = await tx.query<Conversation>(
    `with created as (
       insert into conversations as c (kind, unique_key, subject_type, subject_id, created_by, org_id, change_seq)
       values ($1, $2, $3, $4, $5, (
         select min(org_id) from users where id = any($6) having count(org_id) = count(*) and count(distinct org_id) = 1
       ), 1) on conflict (unique_key) do nothing returning ${CONVERSATION}
     ), joined as (
       insert into members (conversation_id, user_id) select id, unnest($6::text[]) from created
     )
     select * from created`,
    [kind, uniqueKey, subject.type, subject.id, createdBy, memberIds],
  )
  return row ?? null
}

export async function findConversationByKey(
  tx: Queryable,
  uniqueKey: string,
): Promise<ConversationId | null> {
  const [row] = await tx.query<{ id: ConversationId }>('select id from conversations where unique_key = $1', [
    uniqueKey,
  ])
  return row?.id ?? null
}

/** A conversation as one of its members sees it in a list. */
export interface Overview {
  conversation: Conversation
  subject: Subject | null
  companion: Pick<User, 'id' | 'displayName' | 'avatarUrl'> | null
  lastMessage: Message | null
  cursors: Cursor[]
  unread: number
}

interface OverviewRow extends Conversation {
  subject: Subject | null
  companion: Overview['companion']
  lastMessage: MessageJson | null
  cursors: Cursor[] | null
  unread: number
}

const OVERVIEW = `${CONVERSATION}, ${CURSORS}, ${unreadCount('m', 'c')} as unread,
  (select jsonb_build_object('type', s.type, 'id', s.id, 'title', s.title, 'url', s.url, 'ownerId', s.owner_id,
     'details', s.details) from subjects s where s.type = c.subject_type and s.id = c.subject_id) as subject,
  (select jsonb_build_object('id', u.id, 'displayName', u.display_name, 'avatarUrl', u.avatar_url)
     from members p join users u on u.id = p.user_id
     where c.kind = 'direct' and p.conversation_id = c.id and p.user_id <> m.user_id
     order by p.left_at nulls first limit 1) as companion,
  (select ${messageJson('x')} from messages x where x.id = c.last_message_id) as "lastMessage"`

function toOverview(row: OverviewRow): Overview {
  const { subject, companion, lastMessage, cursors, unread, ...conversation } = row
  return {
    conversation,
    subject,
    companion,
    lastMessage: lastMessage && parseMessage(lastMessage),
    cursors: cursors ?? [],
    unread,
  }
}

/** These of a user's conversations, in no order. */
export async function findOverviews(
  db: Queryable,
  userId: UserId,
  ids: ConversationId[],
): Promise<Overview[]> {
  const rows = await db.query<OverviewRow>(
    `select ${OVERVIEW} from members m join conversations c on c.id = m.conversation_id
     where m.user_id = $1 and m.conversation_id = any($2) and m.left_at is null`,
    [userId, ids],
  )
  return rows.map(toOverview)
}

export interface OverviewQuery {
  reach: Reach
  unreadOnly: boolean
  limit: number
  before?: { updatedAt: Date; id: ConversationId }
}

/** A user's conversations, the most recently active first. */
export async function listOverviews(
  db: Queryable,
  userId: UserId,
  { reach, unreadOnly, limit, before }: OverviewQuery,
): Promise<Overview[]> {
  const rows = await db.query<OverviewRow>(
    `with page as materialized (
       select c.id from members m join conversations c on c.id = m.conversation_id
       where m.user_id = $1 and m.left_at is null and m.hidden_at is null and ${within(2)}
         and (c.updated_at, c.id) < (coalesce($5::timestamptz, 'infinity'), coalesce($6::bigint, 0))
         and (not $7 or (c.message_seq > m.read_seq and ${unreadCount('m', 'c')} > 0))
       order by c.updated_at desc, c.id desc limit $8
     )
     select ${OVERVIEW} from page
     join conversations c on c.id = page.id
     join members m on m.conversation_id = c.id and m.user_id = $1
     order by c.updated_at desc, c.id desc`,
    [userId, ...reachParams(reach), before?.updatedAt ?? null, before?.id ?? null, unreadOnly, limit],
  )
  return rows.map(toOverview)
}

export async function countUnread(db: Queryable, userId: UserId, reach: Reach): Promise<number> {
  const [row] = await db.query<{ total: number }>(
    `select coalesce(sum(${unreadCount('m', 'c')}), 0)::bigint as total
     from members m join conversations c on c.id = m.conversation_id
     where m.user_id = $1 and m.left_at is null and m.hidden_at is null and c.message_seq > m.read_seq
       and ${within(2)}`,
    [userId, ...reachParams(reach)],
  )
  return row?.total ?? 0
}
