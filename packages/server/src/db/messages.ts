import type { Queryable } from './database.ts'
import { reachParams, within } from './reach.ts'
import type { ConversationId, Message, MessageId, NewAttachment, Reach, UserId } from './schema.ts'

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

export interface NewMessage {
  conversationId: ConversationId
  /** Null for what the server says; that wakes nobody. */
  senderId: UserId | null
  type: Message['type']
  text: string | null
  html: string | null
  clientKey: string | null
  replyToId: MessageId | null
  mentions: UserId[]
  metadata: Message['metadata']
  attachment: NewAttachment | null
}

export interface InsertedMessage {
  message: Message
  changeSeq: number
  /** Other members who had hidden the conversation and see it again. */
  restored: UserId[]
  /** Members out of whose way a conversation about something had been put, and who have it back. */
  revived: UserId[]
}

interface InsertedRow extends Omit<InsertedMessage, 'message'>, Pick<Message, 'id' | 'seq' | 'createdAt'> {
  attachmentId: number | null
}

/**
 * Takes the conversation's next numbers, writes the message and moves what has to move. Its row is locked. Null, and
 * to be rolled back, where the sender is gone: the lock lets no erasure commit before a message that did not see it.
 */
export async function insertMessage(tx: Queryable, input: NewMessage): Promise<InsertedMessage | null> {
  const { attachment: file, ...content } = input
  const [row] = await tx.query<InsertedRow>(
    `with sender as (
       select from users where id = $2 and erased_at is null for key share
     ), taken as (
       update conversations
       set message_seq = message_seq + 1, change_seq = change_seq + 1,
           last_message_id = nextval('messages_id_seq'),
           updated_at = greatest(updated_at + interval '1 ms', clock_timestamp())
       where id = $1 and ($2::text is null or exists (select from sender))
       returning message_seq, change_seq, last_message_id, updated_at, subject_type is not null as is_about
     ), message as (
       insert into messages (id, conversation_id, seq, sender_id, type, text, html, client_key, reply_to_id, mentions,
         metadata, created_at)
       overriding system value
       select last_message_id, $1, message_seq, $2, $3, $4, $16, $5, $13, $14, $15::jsonb, updated_at from taken
       returning id, seq, created_at as "createdAt"
     ), attached as (
       insert into attachments (conversation_id, message_id, uploader_id, blob_key, thumbnail_key, filename,
         mime_type, size, width, height)
       select $1, last_message_id, $2, $6, $7, $8, $9, $10, $11, $12 from taken where $6::text is not null
       returning id
     ), kept as (
       delete from doomed_blobs where $6::text is not null and blob_key in ($6, $7)
     ), asleep as materialized (
       select user_id, hidden_at is not null and user_id <> $2 as was_hidden,
              archived_at is not null and is_about as was_archived
       from members, taken
       where $2 is not null and conversation_id = $1 and left_at is null and (hidden_at is not null or archived_at is not null)
     ), counted as (
       update members set own_since_read = own_since_read + 1, hidden_at = null,
         archived_at = case when is_about then null else archived_at end
       from taken where conversation_id = $1 and user_id = $2
     ), woken as (
       update members m set hidden_at = null, archived_at = case when was_archived then null else archived_at end
       from asleep a where m.conversation_id = $1 and m.user_id = a.user_id and m.user_id <> $2
     )
     select message.*, taken.change_seq as "changeSeq", (select id from attached) as "attachmentId",
            array(select user_id from asleep where was_hidden order by user_id) as restored,
            array(select user_id from asleep where was_archived order by user_id) as revived
     from message, taken`,
    [
      input.conversationId,
      input.senderId,
      input.type,
      input.text,
      input.clientKey,
      file?.blobKey ?? null,
      file?.thumbnailKey ?? null,
      file?.filename ?? null,
      file?.mimeType ?? null,
      file?.size ?? null,
      file?.width ?? null,
      file?.height ?? null,
      input.replyToId,
      input.mentions,
      JSON.stringify(input.metadata),
      input.html,
    ],
  )
  if (!row) return null
  const { changeSeq, attachmentId, restored, revived, ...numbers } = row
  const attachments = file && attachmentId !== null ? [{ ...file, id: attachmentId }] : []
  return {
    message: { ...UNTOUCHED, ...content, ...numbers, attachments },
    changeSeq,
    restored,
    revived,
  }
}

/** What nobody has done anything to yet. */
const UNTOUCHED = { linkPreviews: [], editedAt: null, deletedAt: null, pinnedAt: null }

export async function findMessageByClientKey(
  tx: Queryable,
  conversationId: ConversationId,
  senderId: UserId,
  clientKey: string,
): Promise<Message | null> {
  const [row] = await tx.query<Message>(
    `select ${MESSAGE} from messages m
     where m.conversation_id = $1 and m.sender_id = $2 and m.client_key = $3`,
    [conversationId, senderId, clientKey],
  )
  return row ?? null
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
