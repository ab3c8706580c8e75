import type { Queryable } from './database.ts'
import { reachParams, within } from './reach.ts'
import type { Attachment, ConversationId, Message, MessageId, Reach, UserId } from './schema.ts'

/** The attachments of a row `m` of messages as JSON; text costs no look-up. */
const attachmentsOf = (m: string) =>
  `case when ${m}.type in ('image', 'file') then (
     select coalesce(jsonb_agg(jsonb_build_object(
       'blobKey', a.blob_key, 'thumbnailKey', a.thumbnail_key, 'filename', a.filename,
       'mimeType', a.mime_type, 'size', a.size, 'width', a.width, 'height', a.height) order by a.id), '[]')
     from attachments a where a.message_id = ${m}.id) else '[]' end`

const columnsOf = (m: string) =>
  `${m}.id, ${m}.conversation_id as "conversationId", ${m}.seq, ${m}.sender_id as "senderId", ${m}.type, ${m}.text,
   ${m}.client_key as "clientKey", ${m}.reply_to_id as "replyToId", ${m}.mentions,
   ${attachmentsOf(m)} as attachments, ${m}.link_previews as "linkPreviews", ${m}.created_at as "createdAt",
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
  senderId: UserId
  type: Message['type']
  text: string | null
  clientKey: string | null
  replyToId: MessageId | null
  mentions: UserId[]
  attachment: Attachment | null
}

export interface InsertedMessage {
  message: Message
  changeSeq: number
  /** Other members who had hidden the conversation and see it again. */
  restored: UserId[]
}

/**
 * Takes the conversation's next numbers, writes the message and moves what has to move. Its row is locked. Null, and
 * to be rolled back, where the sender is gone: the lock lets no erasure commit before a message that did not see it.
 */
export async function insertMessage(tx: Queryable, input: NewMessage): Promise<InsertedMessage | null> {
  const { attachment: file, ...content } = input
  const [row] = await tx.query<Pick<Message, 'id' | 'seq' | 'createdAt'> & Omit<InsertedMessage, 'message'>>(
    `with sender as (
       select from users where id = $2 and erased_at is null for key share
     ), taken as (
       update conversations
       set message_seq = message_seq + 1, change_seq = change_seq + 1,
           last_message_id = nextval('messages_id_seq'),
           updated_at = greatest(updated_at, clock_timestamp())
       where id = $1 and exists (select from sender)
       returning message_seq, change_seq, last_message_id, updated_at
     ), message as (
       insert into messages (id, conversation_id, seq, sender_id, type, text, client_key, reply_to_id, mentions,
         created_at)
       overriding system value
       select last_message_id, $1, message_seq, $2, $3, $4, $5, $13, $14, updated_at from taken
       returning id, seq, created_at as "createdAt"
     ), attached as (
       insert into attachments (conversation_id, message_id, uploader_id, blob_key, thumbnail_key, filename,
         mime_type, size, width, height)
       select $1, last_message_id, $2, $6, $7, $8, $9, $10, $11, $12 from taken where $6::text is not null
     ), kept as (
       delete from doomed_blobs where $6::text is not null and blob_key in ($6, $7)
     ), counted as (
       update members set own_since_read = own_since_read + 1, hidden_at = null, left_at = null
       where conversation_id = $1 and user_id = $2
     ), restored as (
       update members set hidden_at = null
       where conversation_id = $1 and user_id <> $2 and hidden_at is not null and left_at is null
       returning user_id
     )
     select message.*, taken.change_seq as "changeSeq", array(select user_id from restored) as restored
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
    ],
  )
  if (!row) return null
  const { changeSeq, restored, ...numbers } = row
  return {
    message: { ...UNTOUCHED, ...content, ...numbers, attachments: file ? [file] : [] },
    changeSeq,
    restored,
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

interface Page {
  before: MessageId | null
  limit: number
}

/** Newest first. */
export function listMessages(
  db: Queryable,
  conversationId: ConversationId,
  { before, limit }: Page,
): Promise<Message[]> {
  return db.query<Message>(
    `select ${MESSAGE} from messages m
     where m.conversation_id = $1 and m.id < coalesce($2::bigint, 9223372036854775807) and m.deleted_at is null
     order by m.id desc limit $3`,
    [conversationId, before, limit],
  )
}

const substring = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`

export interface Search extends Page {
  text: string
  reach: Reach
  /** Only in this one. */
  conversationId: ConversationId | null
}

/** Up to so many conversations are looked up in the search index one by one; of more, all matches are filtered. */
const FEW = 30

/**
 * Messages with these words in any form, or with this text anywhere, in the conversations that a user is in; newest
 * first.
 *
 * Measured at 1 million messages: as a condition of the search index, 1 conversation takes 5 ms, 300 take 1,400 and
 * 10,000 take 7 s; as a filter of what the index found (`+ 0` keeps the planner from anything else) 10,000 take 6 ms
 * for a rare word and 360 for one that a tenth of all messages has.
 */
export async function searchMessages(
  db: Queryable,
  userId: UserId,
  { text, before, limit, reach, conversationId }: Search,
): Promise<Message[]> {
  const own = `select c.id from members p join conversations c on c.id = p.conversation_id
    where p.user_id = $1 and p.left_at is null and ${within(6)} and ($9::bigint is null or c.id = $9)`
  const few = conversationId !== null || (await countUpTo(db, userId, FEW + 1)) <= FEW
  const [scope, order] = few
    ? [`m.conversation_id = any(array(${own}))`, 'm.id']
    : [`m.conversation_id + 0 in (${own})`, 'm.id + 0']
  return db.query<Message>(
    `select ${MESSAGE} from messages m
     where ${scope} and m.text is not null and m.deleted_at is null
       and (to_tsvector('russian', m.text) @@ websearch_to_tsquery('russian', $2) or m.text ilike $3)
       and m.id < coalesce($4::bigint, 9223372036854775807)
     order by ${order} desc limit $5`,
    [userId, text, substring(text), before, limit, ...reachParams(reach), conversationId],
  )
}

async function countUpTo(db: Queryable, userId: UserId, most: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    'select count(*) from (select from members where user_id = $1 limit $2) m',
    [userId, most],
  )
  return row?.count ?? 0
}
