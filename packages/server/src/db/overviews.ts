import { CONVERSATION, CURSORS, roleOf } from './conversations.ts'
import type { Queryable } from './database.ts'
import { messageJson, parseMessage } from './messages.ts'
import type { MessageJson } from './messages.ts'
import { parsePreferences, preferencesJson } from './preferences.ts'
import type { PreferencesJson } from './preferences.ts'
import { reachParams, within } from './reach.ts'
import type {
  Conversation,
  ConversationId,
  Cursor,
  MemberRole,
  Message,
  MessageId,
  Preferences,
  Reach,
  Subject,
  User,
  UserId,
} from './schema.ts'
import { unreadCount, unreadMentions } from './unread.ts'

/** A conversation as one of its members sees it in a list. */
export interface Overview {
  conversation: Conversation
  subject: Subject | null
  companion: Pick<User, 'id' | 'displayName' | 'avatarUrl'> | null
  /** Null where everybody of the organisation is a member; else those who came first: 20 in a list, 1,000 of one. */
  members: { count: number; ids: UserId[] } | null
  /** The newest that the member sees. */
  lastMessage: Message | null
  cursors: Cursor[]
  role: MemberRole
  preferences: Preferences
  /** Whether the member has put it out of the way; the conversation itself goes on. */
  isArchived: boolean
  /** The last message that the member has read; 0 for none. */
  readId: MessageId
  unread: number
  /** Of these, those that name the member. */
  mentions: number
}

type OverviewRow = Conversation &
  Omit<Overview, 'conversation' | 'lastMessage' | 'cursors' | 'preferences'> & {
    lastMessage: MessageJson | null
    cursors: Cursor[] | null
    preferences: PreferencesJson
  }

/** A count of what a row `m` of members has not read; whoever has left, or has no row, has read everything. */
const ifBehind = (count: string) =>
  `case when m.left_at is null and c.message_seq > m.read_seq then ${count} else 0 end`

/** For a row `c` of conversations and the row `m` of members of user `$1`, or none; with so many members' ids. */
const overview = (
  members: number,
) => `${CONVERSATION}, ${CURSORS}, coalesce(${roleOf('$1')}, 'member') as role,
  ${preferencesJson('m')} as preferences, coalesce(m.archived_at is not null, false) as "isArchived", coalesce(m.read_id, 0) as "readId",
  ${ifBehind(unreadCount('m', 'c'))} as unread, ${ifBehind(unreadMentions('m', 'c'))} as mentions,
  (select jsonb_build_object('type', s.type, 'id', s.id, 'title', s.title, 'url', s.url, 'ownerId', s.owner_id,
     'details', s.details) from subjects s where s.type = c.subject_type and s.id = c.subject_id) as subject,
  (select jsonb_build_object('id', u.id, 'displayName', u.display_name, 'avatarUrl', u.avatar_url)
     from members p join users u on u.id = p.user_id
     where c.kind = 'direct' and p.conversation_id = c.id and p.user_id <> $1
     order by p.left_at nulls first limit 1) as companion,
  case when c.visibility = 'private' then (
     select jsonb_build_object('count', count(*), 'ids', (array_agg(p.user_id order by p.joined_at, p.user_id))[:${members}])
     from members p where p.conversation_id = c.id and p.left_at is null) end as members,
  (select ${messageJson('x')} from messages x
     where x.id = c.last_message_id
       and (c.history_mode = 'all' or x.id > coalesce(m.joined_id, x.id))) as "lastMessage"`

function toOverview(row: OverviewRow): Overview {
  const { subject, companion, members, lastMessage, cursors, role, ...rest } = row
  const { preferences, isArchived, readId, unread, mentions, ...conversation } = rest
  return {
    conversation,
    subject,
    companion,
    members,
    lastMessage: lastMessage && parseMessage(lastMessage),
    cursors: cursors ?? [],
    role,
    preferences: parsePreferences(preferences),
    isArchived,
    readId,
    unread,
    mentions,
  }
}

/** These of a user's conversations, in no order; of channels of the organisation also those that were left. */
export async function findOverviews(
  db: Queryable,
  userId: UserId,
  ids: ConversationId[],
): Promise<Overview[]> {
  const rows = await db.query<OverviewRow>(
    `select ${overview(1000)}
     from conversations c left join members m on m.conversation_id = c.id and m.user_id = $1
     where c.id = any($2) and case c.visibility
       when 'org' then c.org_id = (select org_id from users where id = $1)
       else m.joined_at is not null and m.left_at is null end`,
    [userId, ids],
  )
  return rows.map(toOverview)
}

export type ListFilter = 'all' | 'unread' | 'starred' | 'archived'

/**
 * A place in a list. Conversations keep theirs as of when its first page was read, whatever is written meanwhile, so
 * that paging neither repeats nor skips one.
 */
export interface ListPlace {
  asOf: Date
  activeAt: Date
  id: ConversationId
}

export interface OverviewQuery {
  reach: Reach
  filter: ListFilter
  limit: number
  before?: ListPlace | undefined
  /** So many of the first are left out. */
  offset?: number | undefined
}

/** When a row `c` of conversations was last active up to `$6`: only messages make it so, each at its own time. */
const ACTIVE_AT = `case when c.updated_at <= coalesce($6::timestamptz, 'infinity') then c.updated_at else coalesce((
    select x.created_at from messages x where x.conversation_id = c.id and x.created_at <= $6
    order by x.id desc limit 1), c.created_at) end`

export interface Listed extends Overview {
  place: ListPlace
}

/** A user's conversations, the most recently active first. */
export async function listOverviews(
  db: Queryable,
  userId: UserId,
  { reach, filter, limit, before, offset = 0 }: OverviewQuery,
): Promise<Listed[]> {
  const rows = await db.query<OverviewRow & { activeAt: Date }>(
    `with own as (
       select c.id, ${ACTIVE_AT} as active_at
       from members m join conversations c on c.id = m.conversation_id
       where m.user_id = $1 and m.left_at is null and m.hidden_at is null and ${within(2)}
         and (c.archived_at is not null) = ($5 = 'archived') and ($5 <> 'starred' or m.starred)
         and ($5 <> 'unread' or (c.message_seq > m.read_seq and ${unreadCount('m', 'c')} > 0))
     ), page as materialized (
       select * from own
       where (active_at, id) < (coalesce($7::timestamptz, 'infinity'), coalesce($8::bigint, 0))
       order by active_at desc, id desc limit $9 offset $10
     )
     select ${overview(20)}, page.active_at as "activeAt" from page
     join conversations c on c.id = page.id
     join members m on m.conversation_id = c.id and m.user_id = $1
     order by page.active_at desc, c.id desc`,
    [
      userId,
      ...reachParams(reach),
      filter,
      before?.asOf ?? null,
      before?.activeAt ?? null,
      before?.id ?? null,
      limit,
      offset,
    ],
  )
  const asOf = before?.asOf ?? rows[0]?.activeAt ?? new Date()
  return rows.map(({ activeAt, ...row }) => ({ ...toOverview(row), place: { asOf, activeAt, id: row.id } }))
}

export async function countUnread(db: Queryable, userId: UserId, reach: Reach): Promise<number> {
  const [row] = await db.query<{ total: number }>(
    `select coalesce(sum(${unreadCount('m', 'c')}), 0)::bigint as total
     from members m join conversations c on c.id = m.conversation_id
     where m.user_id = $1 and m.left_at is null and m.hidden_at is null and c.message_seq > m.read_seq
       and c.archived_at is null and ${within(2)}`,
    [userId, ...reachParams(reach)],
  )
  return row?.total ?? 0
}

export interface Totals {
  conversations: number
  /** Deleted ones too: what is left of them is there. */
  messages: number
  unread: number
}

/** What a user's conversations come to, those that `listOverviews` lists as `all`. */
export async function countAll(db: Queryable, userId: UserId, reach: Reach): Promise<Totals> {
  const [row] = await db.query<Totals>(
    `select count(*) as conversations,
            coalesce(sum(c.message_seq - case c.history_mode when 'since_join' then m.joined_seq else 0 end), 0)::bigint
              as messages,
            coalesce(sum(${ifBehind(unreadCount('m', 'c'))}), 0)::bigint as unread
     from members m join conversations c on c.id = m.conversation_id
     where m.user_id = $1 and m.left_at is null and m.hidden_at is null and c.archived_at is null and ${within(2)}`,
    [userId, ...reachParams(reach)],
  )
  return row ?? { conversations: 0, messages: 0, unread: 0 }
}
