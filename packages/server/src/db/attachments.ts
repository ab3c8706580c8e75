import type { Queryable } from './database.ts'
import type { Attachment, ConversationId, Message, MessageId, NewAttachment, UserId } from './schema.ts'

const ATTACHMENT = `a.id, a.blob_key as "blobKey", a.thumbnail_key as "thumbnailKey", a.filename,
  a.mime_type as "mimeType", a.size, a.width, a.height`

export interface NewTicket extends Pick<NewAttachment, 'blobKey' | 'filename' | 'mimeType' | 'size'> {
  conversationId: ConversationId
  uploaderId: UserId
  lifetimeSeconds: number
  /** How many files of this user may be in no message yet, this one included. */
  most: number
}

/** Null where the user has too many already. */
export async function insertTicket(db: Queryable, ticket: NewTicket): Promise<Attachment['id'] | null> {
  const [row] = await db.query<Pick<Attachment, 'id'>>(
    `insert into attachments (conversation_id, uploader_id, blob_key, filename, mime_type, size, expires_at)
     select $1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7)
     where (select count(*) from attachments where expires_at is not null and uploader_id = $2) < $8
     returning id`,
    [
      ticket.conversationId,
      ticket.uploaderId,
      ticket.blobKey,
      ticket.filename,
      ticket.mimeType,
      ticket.size,
      ticket.lifetimeSeconds,
      ticket.most,
    ],
  )
  return row?.id ?? null
}

export interface OpenTicket {
  conversationId: ConversationId
  mimeType: string
  size: number
}

/** What a file may still be uploaded to. */
export async function findOpenTicket(db: Queryable, id: Attachment['id']): Promise<OpenTicket | null> {
  const [row] = await db.query<OpenTicket>(
    `select conversation_id as "conversationId", mime_type as "mimeType", size from attachments
     where id = $1 and finalized_at is null and expires_at > now()`,
    [id],
  )
  return row ?? null
}

/**
 * Has a ticket point at another file, which was doomed until now and is kept for so long; the one before is doomed from
 * now on, and is returned. Null where the ticket has been used or collected meanwhile.
 */
export async function replaceFile(
  db: Queryable,
  id: Attachment['id'],
  blobKey: string,
  lifetimeSeconds: number,
): Promise<string | null> {
  const [row] = await db.query<{ key: string }>(
    `with ticket as (
       select id, blob_key from attachments
       where id = $1 and finalized_at is null and expires_at > now() for update
     ), replaced as (
       update attachments a
       set blob_key = $2, expires_at = greatest(a.expires_at, now() + make_interval(secs => $3))
       from ticket where a.id = ticket.id returning ticket.blob_key
     ), kept as (
       delete from doomed_blobs where blob_key = $2 and exists (select from replaced)
     ), doomed as (
       insert into doomed_blobs (blob_key) select blob_key from replaced
     )
     select blob_key as key from replaced`,
    [id, blobKey, lifetimeSeconds],
  )
  return row?.key ?? null
}

export interface Upload {
  attachment: Attachment
  conversationId: ConversationId
  isFinalized: boolean
}

/** An upload of this user, unless its time is over. */
export async function findUpload(
  db: Queryable,
  id: Attachment['id'],
  uploaderId: UserId,
): Promise<Upload | null> {
  const [row] = await db.query<Attachment & Omit<Upload, 'attachment'>>(
    `select ${ATTACHMENT}, a.conversation_id as "conversationId", a.finalized_at is not null as "isFinalized"
     from attachments a where a.id = $1 and a.uploader_id = $2 and coalesce(a.expires_at > now(), true)`,
    [id, uploaderId],
  )
  if (!row) return null
  const { conversationId, isFinalized, ...attachment } = row
  return { attachment, conversationId, isFinalized }
}

/**
 * Says of an upload what was found out about it. Files that it consists of are doomed no longer; one that it no longer
 * consists of is. False where it is not what was looked at any more.
 */
export async function finalizeUpload(
  db: Queryable,
  { id, blobKey }: Attachment,
  file: NewAttachment,
  lifetimeSeconds: number,
): Promise<boolean> {
  const rows = await db.query(
    `with finalized as (
       update attachments
       set blob_key = $3, thumbnail_key = $4, mime_type = $5, size = $6, width = $7, height = $8,
           finalized_at = now(), expires_at = now() + make_interval(secs => $9)
       where id = $1 and blob_key = $2 and finalized_at is null
       returning id
     ), kept as (
       delete from doomed_blobs where blob_key in ($3, $4) and exists (select from finalized)
     ), doomed as (
       insert into doomed_blobs (blob_key) select $2 from finalized where $2 <> $3
     )
     select from finalized`,
    [
      id,
      blobKey,
      file.blobKey,
      file.thumbnailKey,
      file.mimeType,
      file.size,
      file.width,
      file.height,
      lifetimeSeconds,
    ],
  )
  return rows.length > 0
}

/** Those of these uploads that may go into a message of this user, held until it commits. */
export function lockUnsent(
  tx: Queryable,
  place: { conversationId: ConversationId; uploaderId: UserId },
  ids: Attachment['id'][],
): Promise<Attachment[]> {
  return tx.query<Attachment>(
    `select ${ATTACHMENT} from attachments a
     where a.id = any($1) and a.conversation_id = $2 and a.uploader_id = $3 and a.message_id is null
       and a.finalized_at is not null and a.expires_at > now()
     order by a.id for update`,
    [ids, place.conversationId, place.uploaderId],
  )
}

/** A file that comes with a message still to be written, and is doomed no longer. */
export async function insertAttachment(
  tx: Queryable,
  { conversationId, senderId }: Pick<Message, 'conversationId' | 'senderId'>,
  file: NewAttachment,
): Promise<Attachment> {
  const [row] = await tx.query<Pick<Attachment, 'id'>>(
    `with kept as (
       delete from doomed_blobs where blob_key in ($3, $4)
     )
     insert into attachments (conversation_id, uploader_id, blob_key, thumbnail_key, filename, mime_type, size, width,
       height)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
    [
      conversationId,
      senderId,
      file.blobKey,
      file.thumbnailKey,
      file.filename,
      file.mimeType,
      file.size,
      file.width,
      file.height,
    ],
  )
  if (!row) throw new Error('An insert answers its row.')
  return { ...file, id: row.id }
}

export async function putIntoMessage(
  tx: Queryable,
  messageId: MessageId,
  ids: Attachment['id'][],
): Promise<void> {
  await tx.query('update attachments set message_id = $1, expires_at = null where id = any($2)', [
    messageId,
    ids,
  ])
}

/** For a message that gets files after it was sent; returns the new change number. */
export async function retypeMessage(
  tx: Queryable,
  { conversationId, id }: Pick<Message, 'conversationId' | 'id'>,
  type: Message['type'],
): Promise<number | null> {
  const [row] = await tx.query<{ changeSeq: number }>(
    `with retyped as (
       update messages set type = $3 where id = $2
     )
     update conversations set change_seq = change_seq + 1 where id = $1 returning change_seq as "changeSeq"`,
    [conversationId, id, type],
  )
  return row?.changeSeq ?? null
}

/** Where a page of files begins: below this one. */
export interface FilePlace {
  messageId: MessageId
  id: Attachment['id']
}

export interface FilePage {
  conversationId: ConversationId
  /** Only what was written after this message. */
  since: MessageId
  before: FilePlace | null
  limit: number
}

export type SharedFile = Attachment & FilePlace

/** The last sent first. */
export function listShared(
  db: Queryable,
  { conversationId, since, before, limit }: FilePage,
): Promise<SharedFile[]> {
  return db.query<SharedFile>(
    `select ${ATTACHMENT}, a.message_id as "messageId" from attachments a
     where a.conversation_id = $1 and a.message_id > $2
       ${before ? 'and (a.message_id, a.id) < ($4, $5)' : ''}
     order by a.message_id desc, a.id desc limit $3`,
    [conversationId, since, limit, ...(before ? [before.messageId, before.id] : [])],
  )
}

/** Of a file that is in a message; null for any other. */
export async function findShared(
  db: Queryable,
  id: Attachment['id'],
): Promise<(SharedFile & { conversationId: ConversationId }) | null> {
  const [row] = await db.query<SharedFile & { conversationId: ConversationId }>(
    `select ${ATTACHMENT}, a.message_id as "messageId", a.conversation_id as "conversationId" from attachments a
     where a.id = $1 and a.message_id is not null`,
    [id],
  )
  return row ?? null
}

/** Deletes uploads that no message has in time; returns their files, which are doomed. */
export async function deleteExpired(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.query<{ key: string }>(
    `with gone as (
       delete from attachments where id in (
         select id from attachments where expires_at <= now() order by expires_at limit $1
         for update skip locked)
       returning blob_key, thumbnail_key
     )
     insert into doomed_blobs (blob_key)
     select key from gone, unnest(array[blob_key, thumbnail_key]) key where key is not null
     on conflict do nothing
     returning blob_key as key`,
    [limit],
  )
  return rows.map(({ key }) => key)
}
