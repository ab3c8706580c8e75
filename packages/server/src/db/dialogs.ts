import { CONVERSATION } from './conversations.ts'
import type { Queryable } from './database.ts'
import { messageJson, parseMessage } from './messages.ts'
import type { MessageJson } from './messages.ts'
import { reachParams, within } from './reach.ts'
import type { Conversation, ConversationId, Message, Reach, Subject, UserId } from './schema.ts'
import { openTo, scopeParams } from './scopes.ts'
import type { Scopes } from './scopes.ts'
import { unreadCount } from './unread.ts'

/** A conversation about something as one user stands to it. */
export interface DialogView {
  conversation: Conversation
  subject: Subject
  /** Its own, else its subject's. */
  title: string | null
  participantsCount: number
  isParticipant: boolean
  canJoin: boolean
  /** What it is to a participant. */
  own: { unread: number; isArchived: boolean; isPinned: boolean; notificationsEnabled: boolean } | null
  /** Of participants only; when it was written `conversation.updatedAt` tells. */
  lastMessage: Message | null
  lastSenderName: string | null
}

type DialogRow = Conversation &
  Omit<DialogView, 'conversation' | 'lastMessage'> & {
    lastMessage: MessageJson | null
  }

/** A participant's row `p` of members and its row `u` of users: what is said here comes before what the host said. */
export const nameOf = (p: string, u: string) => `coalesce(${p}.profile->>'displayName', ${u}.display_name)`

const TITLE = `coalesce(c.name, s.title)`

/** For a row `c` of conversations, `s` of subjects and `m` of user `$1`'s present membership, or none. */
const DIALOG = `${CONVERSATION}, ${TITLE} as title,
  jsonb_build_object('type', s.type, 'id', s.id, 'title', s.title, 'url', s.url, 'ownerId', s.owner_id,
    'details', s.details) as subject,
  (select count(*) from members p where p.conversation_id = c.id and p.left_at is null) as "participantsCount",
  m.user_id is not null as "isParticipant", m.user_id is null and ${openTo(5)} as "canJoin",
  case when m.user_id is not null then jsonb_build_object(
    'unread', case when c.message_seq > m.read_seq then ${unreadCount('m', 'c')} else 0 end,
    'isArchived', m.archived_at is not null, 'isPinned', m.pinned_at is not null,
    'notificationsEnabled', m.notify_level <> 'none') end as own,
  (select ${messageJson('x')} from messages x where x.id = c.last_message_id and m.user_id is not null)
    as "lastMessage",
  (select ${nameOf('p', 'u')} from messages x
     join users u on u.id = x.sender_id left join members p on p.conversation_id = c.id and p.user_id = u.id
   where x.id = c.last_message_id and m.user_id is not null) as "lastSenderName"`

const JOINED = `join subjects s on s.type = c.subject_type and s.id = c.subject_id
  left join members m on m.conversation_id = c.id and m.user_id = $1 and m.left_at is null`

function toView({ lastMessage, ...row }: DialogRow): DialogView {
  const { subject, title, participantsCount, isParticipant, canJoin, own, lastSenderName, ...conversation } =
    row
  return {
    conversation,
    subject,
    title,
    participantsCount,
    isParticipant,
    canJoin,
    own,
    lastMessage: lastMessage && parseMessage(lastMessage),
    lastSenderName,
  }
}

/** Who asks, and what that user is allowed beside the own conversations. */
export interface Asker {
  userId: UserId
  reach: Reach
  scopes: Scopes | null
}

const askerParams = ({ userId, reach, scopes }: Asker) => [
  userId,
  ...reachParams(reach),
  ...scopeParams(scopes),
]

/** One dialog as a user stands to it, open to that user or not. */
export async function findDialog(
  db: Queryable,
  asker: Asker,
  id: ConversationId,
): Promise<DialogView | null> {
  const [row] = await db.query<DialogRow>(
    `select ${DIALOG} from conversations c ${JOINED}
     where c.id = $8 and c.deleted_at is null and ${within(2)}`,
    [...askerParams(asker), id],
  )
  return row ? toView(row) : null
}

/** The user's own, those open to the user, or both; or whatever there is. */
type DialogListType = 'participating' | 'available' | 'accessible' | 'any'

const IS_LISTED: Record<DialogListType, string> = {
  participating: 'm.user_id = $1 and m.hidden_at is null',
  available: `m.user_id is null and ${openTo(5)}`,
  accessible: `case when m.user_id is null then ${openTo(5)} else m.hidden_at is null end`,
  any: 'c.deleted_at is null',
}

export interface DialogQuery {
  type: DialogListType
  about?: Pick<Subject, 'type' | 'id'> | undefined
  /** Part of the title, or of a participant's company. */
  search?: string | undefined
  /** Only those that the user has put out of the way, or only the others. */
  archived?: boolean | undefined
  limit: number
  offset: number
}

/** The last created first. */
export async function listDialogs(db: Queryable, asker: Asker, query: DialogQuery): Promise<DialogView[]> {
  const { type, about, search, archived, limit, offset } = query
  // Named in the text, so that the plan may use the index of subjects.
  const isAbout = about
    ? 'c.subject_type = $8 and c.subject_id = $9'
    : '$8::text is null and $9::text is null'
  const rows = await db.query<DialogRow>(
    `with page as materialized (
       select c.id from conversations c ${JOINED}
       where ${IS_LISTED[type]} and ${isAbout} and ${within(2)}
         and ($10::text is null or ${TITLE} ilike $10 or exists (
           select from members p
           where p.conversation_id = c.id and p.left_at is null and p.profile->>'company' ilike $10))
         and ($11::boolean is null or (m.archived_at is not null) = $11)
       order by c.created_at desc, c.id desc limit $12 offset $13
     )
     select ${DIALOG} from page join conversations c on c.id = page.id ${JOINED}
     order by c.created_at desc, c.id desc`,
    [
      ...askerParams(asker),
      about?.type ?? null,
      about?.id ?? null,
      search === undefined ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`,
      archived ?? null,
      limit,
      offset,
    ],
  )
  return rows.map(toView)
}
