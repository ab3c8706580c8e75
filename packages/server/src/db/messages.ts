import type { Queryable } from './database.ts'
import { lookup } from './lookup.ts'
import { reachParams, within } from './reach.ts'
import type { ConversationId, Message, MessageId, Reach, UserId } from './schema.ts'

/** The attachments of a row `m` of messages as JSON; text costs no look-up. */
const attachmentsOf = (m: string) =>
  `case when ${m}.type in ('image', 'file') then (
     select coalesce(jsonb_agg(jsonb_build_object(
       'id', a.id, 'blobKey', a.blob_key, 'thumbnailKey', a.thumbnail_key, 'filename', a.filename,
       'mimeType', a.mime_type, 'size', a.size, 'width', a.width, 'height', a.height) order by a.id), '[]')
     from attachments a where a.message_id = ${m}.id) else '[]' end`

const columnsOf = (m: string) =>
  `${m}.id, ${m}.conversation_id as "conversationId", ${m}.seq, ${m}.sender_id as "senderId", ${m}.type, ${m}.text, ${m}.html,
   ${m}.client_key as "clientKey", ${m}.reply_to_id as "replyToId", ${m}.mentions,
   ${attachmentsOf(m)} as attachments, ${m}.link_previews as "linkPreviews", ${m}.metadata, ${m}.created_at as "createdAt",
   ${m}.edited_at as "editedAt", ${m}.deleted_at as "deletedAt", ${m}.pinned_at as "pinnedAt"`

/** The columns of a row `m` of messages. */
export const MESSAGE = columnsOf('m')

/** A row of messages as JSON, for where a statement returns more than the message. */
export const messageJson = (m: string) => `(select to_jsonb(j) from (select ${columnsOf(m)}) j)`

/** As JSON carries it. */
export type MessageJson = Omit<Message, MessageTime> & Record<MessageTime, string | null>
type MessageTime = 'createdAt' | 'editedAt' | 'deletedAt' | 'pinnedAt'

export function parseMessage(json: MessageJson): Message {
  const date = (text: string | null) => text && new Date(text)
  return {
    ...json,
    createdAt: new Date(json.createdAt ?? 0),
    editedAt: date(json.editedAt) || null,
    deletedAt: date(json.deletedAt) || null,
    pinnedAt: date(json.pinnedAt) || null,
  }
}

const SAME_KEY =
  'conversation_id = a.conversation_id and sender_id = a.sender_id and client_key = a.client_key'

/** What a sender's keys were used for before, in the order of the questions; null for each that is new. */
export async function findByClientKeys(
  tx: Queryable,
  asked: { conversationId: ConversationId; senderId: UserId; clientKey: string }[],
): Promise<(Message | null)[]> {
  const rows = await tx.query<Message & { place: number }>(
    `select a.place, ${MESSAGE}
     from unnest($1::bigint[], $2::text[], $3::text[])
       with ordinality as a (conversation_id, sender_id, client_key, place)
     ${lookup('messages', SAME_KEY, 'm')}`,
    [
      asked.map(({ conversationId }) => conversationId),
      asked.map(({ senderId }) => senderId),
      asked.map(({ clientKey }) => clientKey),
    ],
  )
  const found = new Map(rows.map(({ place, ...message }) => [place, message]))
  return asked.map((_, n) => found.get(n + 1) ?? null)
}

export async function findSeq(
  tx: Queryable,
  conversationId: ConversationId,
  id: MessageId,
): Promise<number | null> {
  const [row] = await tx.query<{ seq: number }>(
    'select seq from messages where conversation_id = $1 and id = $2',
    [conversationId, id],
  )
  return row?.seq ?? null
}

/** The conversation of a message, and null where the reach does not hold it. */
export async function findConversationOf(
  tx: Queryable,
  id: MessageId,
  reach: Reach,
): Promise<ConversationId | null> {
  const [row] = await tx.query<{ id: ConversationId }>(
    `select c.id from messages m join conversations c on c.id = m.conversation_id
     where m.id = $1 and ${within(2)}`,
    [id, ...reachParams(reach)],
  )
  return row?.id ?? null
}

export async function findMessage(
  tx: Queryable,
  conversationId: ConversationId,
  id: MessageId,
): Promise<Message | null> {
  const [row] = await tx.query<Message>(
    `select ${MESSAGE} from messages m where m.conversation_id = $1 and m.id = $2`,
    [conversationId, id],
  )
  return row ?? null
}

export interface Stretch {
  conversationId: ConversationId
  /** Only what was written after this message. */
  since: MessageId
  pivot: MessageId
  /** So many messages older than the pivot, and so many from the pivot on. */
  older: number
  newer: number
  /** Whether deleted messages are among them. */
  deleted: boolean
}

/** The messages on both sides of a place, oldest first. The pivot itself may be gone, or never have been there. */
export function listMessages(db: Queryable, stretch: Stretch): Promise<Message[]> {
  const { conversationId, since, pivot, older, newer, deleted } = stretch
  const visible = `from messages m where m.conversation_id = $1 and m.id > $2 and ($6 or m.deleted_at is null)`
  return db.query<Message>(
    `(select ${MESSAGE} ${visible} and m.id < $3 order by m.id desc limit $4)
     union all
     (select ${MESSAGE} ${visible} and m.id >= $3 order by m.id limit $5)
     order by id`,
    [conversationId, since, pivot, older, newer, deleted],
  )
}

export interface NewestQuery {
  conversationId: ConversationId
  /** Only what was written after this message, */
  since: MessageId
  /** and before this one. */
  before: MessageId
  limit: number
}

/** The newest messages, newest first; deleted ones are among them. */
export function listNewest(db: Queryable, query: NewestQuery): Promise<Message[]> {
  const { conversationId, since, before, limit } = query
  return db.query<Message>(
    `select ${MESSAGE} from messages m where m.conversation_id = $1 and m.id > $2 and m.id < $3
     order by m.id desc limit $4`,
    [conversationId, since, before, limit],
  )
}

/** How many messages a conversation had when one with this id was still to be written. */
export async function countBefore(db: Queryable, id: ConversationId, end: MessageId): Promise<number> {
  const [row] = await db.query<{ seq: number }>(
    'select seq from messages where conversation_id = $1 and id < $2 order by id desc limit 1',
    [id, end],
  )
  return row?.seq ?? 0
}

/**
 * Where in a conversation a time or a number falls: what was written before it has a lower id than the one answered.
 * Both rise with ids, so that halving the stretch finds it in some twenty steps, however long the conversation is.
 */
export async function findPlace(
  db: Queryable,
  id: ConversationId,
  at: { time: Date } | { seq: number },
): Promise<MessageId> {
  const [column, value] = 'time' in at ? ['created_at', at.time] : ['seq', at.seq]
  const [row] = await db.query<{ place: MessageId }>(
    `with recursive search (low, high) as (
       select 0::bigint, coalesce(max(id), 0) + 1 from messages where conversation_id = $1
       union all
       select case when m.value < $2 then m.id else s.low end,
              case when m.value < $2 then s.high else (s.low + s.high) / 2 end
       from search s left join lateral (
         select x.id, x.${column} as value from messages x
         where x.conversation_id = $1 and x.id >= (s.low + s.high) / 2 and x.id < s.high
         order by x.id limit 1) m on true
       where s.low + 1 < s.high
     )
     select low + 1 as place from search order by high - low limit 1`,
    [id, value],
  )
  return row?.place ?? 0
}
