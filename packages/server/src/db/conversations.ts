import type { AudienceId } from './audiences.ts'
import type { Queryable } from './database.ts'
import { leftLookup, lookup } from './lookup.ts'
import { reaches } from './reach.ts'
import type {
  Conversation,
  ConversationId,
  Cursor,
  MemberRole,
  MessageId,
  Reach,
  Subject,
  UserId,
} from './schema.ts'

/** The columns of a row `c` of conversations. */
export const CONVERSATION = `c.id, c.kind, c.visibility, c.history_mode as "historyMode", c.org_id as "orgId",
  c.subject_type as "subjectType", c.subject_id as "subjectId", c.name, c.description, c.metadata,
  c.created_by as "createdBy", c.message_seq as "messageSeq", c.change_seq as "changeSeq",
  c.last_message_id as "lastMessageId", c.archived_at as "archivedAt",
  c.created_at as "createdAt", c.updated_at as "updatedAt"`

/** How far both sides of a conversation of two have come, as JSON. */
export const CURSORS = `case when c.kind = 'direct' then (
    select jsonb_agg(jsonb_build_object('userId', p.user_id, 'readId', p.read_id, 'deliveredId', p.delivered_id))
    from members p where p.conversation_id = c.id) end as cursors`

/**
 * What a user (an expression) may do in conversation `c` (row `m` of members): in a channel of the organisation all are members
 * and its admins are admins, without a row or with one.
 */
export const roleOf = (user: string) => `case
  when c.visibility = 'org' and m.role is distinct from 'owner' then (
    select case when u.role = 'admin' then 'admin' else coalesce(m.role, 'member') end
    from users u where u.id = ${user} and u.org_id = c.org_id)
  else m.role end`

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

/** What shows whether somebody may look into a conversation, and from where on. */
export interface Look extends Pick<
  Conversation,
  'id' | 'kind' | 'visibility' | 'historyMode' | 'orgId' | 'subjectType' | 'messageSeq' | 'changeSeq'
> {
  /** Null without a row of members: never a member, or one of an organisation that has not looked in yet. */
  joinedAt: Date | null
  leftAt: Date | null
  /** Whether the conversation is open to the user's whole organisation. */
  isOfOrg: boolean
  /** What a newcomer sees begins after this message, */
  joinedId: MessageId
  /** which had this number. */
  joinedSeq: number
  readId: MessageId
  /** How far each side of a conversation of two has come; null where there may be thousands. */
  cursors: Cursor[] | null
}

export interface Access extends Conversation, Look {
  /** Null for somebody who was never a member. */
  role: MemberRole | null
  hiddenAt: Date | null
  deliveredId: MessageId
  /** Its present members; null where those are an organisation, or nothing has happened since somebody came or went. */
  audienceId: AudienceId | null
}

/** One conversation as one user stands to it, and null where the reach does not hold it. */
export async function findAccess(
  tx: Queryable,
  conversationId: ConversationId,
  userId: UserId,
  reach: Reach,
): Promise<Access | null> {
  const [access = null] = await findAccesses(tx, [{ conversationId, userId }])
  return access && reaches(reach, { ...access, org: access.orgId }) ? access : null
}

interface Question {
  conversationId: ConversationId
  userId: UserId
}

const JOINED_ID = 'coalesce(m.joined_id, c.last_message_id, 0)'

const IS_OF_ORG = `coalesce(
  c.visibility = 'org' and c.org_id = (select org_id from users where id = q.user_id), false)`

/** Of conversation `c` and the row `m` of members of user `q`. */
const STANDING = `m.joined_at as "joinedAt", m.left_at as "leftAt",
  ${JOINED_ID} as "joinedId", coalesce(m.joined_seq, c.message_seq) as "joinedSeq",
  coalesce(m.read_id, 0) as "readId", ${CURSORS}, ${IS_OF_ORG} as "isOfOrg"`

/** These, of questions `q`. */
const STANDINGS = `${lookup('conversations', 'id = q.conversation_id', 'c')}
  ${leftLookup('members', 'conversation_id = c.id and user_id = q.user_id', 'm')}`

const questionParams = (asked: Question[]) => [
  asked.map(({ conversationId }) => conversationId),
  asked.map(({ userId }) => userId),
]

/** Conversations as users stand to them, in the order of the questions; null for each that is not there. */
export async function findAccesses(tx: Queryable, asked: Question[]): Promise<(Access | null)[]> {
  const rows = await tx.query<Access & { place: number }>(
    `select q.place, ${CONVERSATION}, ${STANDING}, ${roleOf('q.user_id')} as role, m.hidden_at as "hiddenAt",
       coalesce(m.delivered_id, 0) as "deliveredId",
       (select a.id from audiences a where a.conversation_id = c.id and a.ended_at is null) as "audienceId"
     from unnest($1::bigint[], $2::text[]) with ordinality as q (conversation_id, user_id, place) ${STANDINGS}
     where c.deleted_at is null`,
    questionParams(asked),
  )
  return inPlaces(rows, asked.length)
}

/**
 * The same for a mere look, which is a third of the columns; what is `known`, has not changed and may still be seen
 * (`admit` of core/access.ts) is not read.
 */
export async function findLooks(
  db: Queryable,
  asked: (Question & { known: Look | null })[],
): Promise<(Look | null)[]> {
  const rows = await db.query<(Look | { id: null }) & { place: number }>(
    `select q.place, s.*
     from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) with ordinality
       as q (conversation_id, user_id, known_seq, known_joined, place) ${STANDINGS}
     left join lateral (
       select c.id, c.kind, c.visibility, c.history_mode as "historyMode", c.org_id as "orgId",
         c.subject_type as "subjectType", c.message_seq as "messageSeq", c.change_seq as "changeSeq", ${STANDING}
       where c.change_seq is distinct from q.known_seq or ${JOINED_ID} is distinct from q.known_joined
         or not (${IS_OF_ORG} or c.visibility = 'private' and m.joined_at is not null and m.left_at is null)
       offset 0
     ) s on true
     where c.deleted_at is null`,
    [
      ...questionParams(asked),
      asked.map(({ known }) => known?.changeSeq ?? null),
      asked.map(({ known }) => known?.joinedId ?? null),
    ],
  )
  return inPlaces(rows, asked.length).map((row, n) => (row?.id === null ? (asked[n]?.known ?? null) : row))
}

/** `place` counts from one. */
function inPlaces<Row extends { place: number }>(rows: Row[], length: number): (Row | null)[] {
  const found: (Row | null)[] = Array.from({ length }, () => null)
  for (const row of rows) found[row.place - 1] = row
  return found
}

/** Whoever changes a conversation holds its row: numbers are then given in the order of commits. */
export const lockConversation = (tx: Queryable, id: ConversationId): Promise<void> =>
  lockConversations(tx, [id])

/** The same for several, in the order of ids: so does everybody, and nobody waits in a circle. */
export async function lockConversations(tx: Queryable, ids: ConversationId[]): Promise<void> {
  await tx.query('select from conversations where id = any($1) order by id for update', [ids])
}

export type NewConversation = Pick<
  Conversation,
  'kind' | 'visibility' | 'historyMode' | 'name' | 'description' | 'metadata'
> & {
  /** Null where there may be many alike. */
  uniqueKey: string | null
  subject: Pick<Subject, 'type' | 'id'> | null
  /** Null where the host application did. */
  createdBy: UserId | null
  memberIds: UserId[]
  /** Members who come as admins; who creates a group or channel owns it. */
  adminIds: readonly UserId[]
}

/**
 * The new conversation, or null where its key is taken: never two, however many ask at once. It belongs to the
 * organisation that all of its members belong to.
 */
export async function insertConversation(
  tx: Queryable,
  { subject, memberIds, adminIds, ...input }: NewConversation,
): Promise<Conversation | null> {
  const [row] = await tx.query<Conversation>(
    `with created as (
       insert into conversations as c (kind, visibility, history_mode, unique_key, subject_type, subject_id, name,
         description, created_by, metadata, org_id, change_seq)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $12::jsonb, (
         select min(org_id) from users where id = any($10)
         having count(org_id) = count(*) and count(distinct org_id) = 1
       ), 1) on conflict (unique_key) do nothing returning ${CONVERSATION}
     ), joined as (
       insert into members (conversation_id, user_id, role)
       select id, user_id, case
         when user_id = any($11) then 'admin'
         when kind in ('group', 'channel') and user_id = "createdBy" then 'owner'
         else 'member' end
       from created, unnest($10::text[]) as user_id
     )
     select * from created`,
    [
      input.kind,
      input.visibility,
      input.historyMode,
      input.uniqueKey,
      subject?.type ?? null,
      subject?.id ?? null,
      input.name,
      input.description,
      input.createdBy,
      memberIds,
      adminIds,
      JSON.stringify(input.metadata),
    ],
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

export type ConversationChange = Pick<Conversation, 'kind' | 'visibility' | 'name' | 'description'>

export async function updateConversation(
  tx: Queryable,
  id: ConversationId,
  { kind, visibility, name, description }: ConversationChange,
): Promise<Conversation> {
  const [row] = await tx.query<Conversation>(
    `update conversations c
     set kind = $2, visibility = $3, name = $4, description = $5, change_seq = change_seq + 1
     where id = $1 returning ${CONVERSATION}`,
    [id, kind, visibility, name, description],
  )
  if (!row) throw new Error('A conversation that was locked is gone.')
  return row
}

/** Null where that was done before. */
export async function archiveConversation(
  tx: Queryable,
  id: ConversationId,
): Promise<{ archivedAt: Date; changeSeq: number } | null> {
  const [row] = await tx.query<{ archivedAt: Date; changeSeq: number }>(
    `update conversations set archived_at = clock_timestamp(), change_seq = change_seq + 1
     where id = $1 and archived_at is null
     returning archived_at as "archivedAt", change_seq as "changeSeq"`,
    [id],
  )
  return row ?? null
}
