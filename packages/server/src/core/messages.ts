import type { Queryable } from '../db/database.ts'
import { lockUnsent, putIntoMessage } from '../db/attachments.ts'
import {
  findMessage,
  findMessageByClientKey,
  findSeq,
  insertMessage,
  listMessages as list,
} from '../db/messages.ts'
import type { NewMessage } from '../db/messages.ts'
import { listColleagues } from '../db/users.ts'
import { accessForChange, accessForReading, refuseArchived } from './access.ts'
import type { Access } from './access.ts'
import { change } from './change.ts'
import { ChatError } from './errors.ts'
import { emit, emitOwn } from './events.ts'
import { isImageType } from './images.ts'
import { previewLater } from './link-previews.ts'
import { bringBack } from './org-channels.ts'
import type {
  Actor,
  Attachment,
  Chat,
  ConversationId,
  Cursor,
  Message,
  MessageId,
  NewAttachment,
  UserId,
} from './types.ts'

export interface SendInput {
  conversationId: ConversationId
  type: Message['type']
  text: string | null
  /** The same with formatting; safe to show. */
  html?: string | null | undefined
  attachment?: NewAttachment
  replyToId?: MessageId | undefined
  metadata?: Message['metadata'] | undefined
  /** Members who are named in the text, at most 100. */
  mentions?: UserId[] | undefined
  /** The sender's own finalized uploads to this conversation, at most 10. */
  attachmentIds?: number[] | undefined
  /** The sender's own key for this message, at most 255 characters: sent again, it answers the first message. */
  clientKey?: string | undefined
}

export interface Sent {
  message: Message
  /** False for a repeat: the message is the one that was sent first. */
  created: boolean
  cursors: Cursor[]
}

/** Writes a message and tells all present members of it, the sender's other devices included. */
export async function sendMessage(chat: Chat, actor: Actor, input: SendInput): Promise<Sent> {
  const { sent, hasLinks } = await change(chat, (tx) => sendWithin(chat, tx, actor, input))
  if (hasLinks) chat.linksWritten?.()
  return sent
}

/** The same as part of a greater change. */
export async function sendWithin(
  chat: Chat,
  tx: Queryable,
  actor: Actor,
  input: SendInput,
): Promise<{ sent: Sent; access: Access; hasLinks: boolean }> {
  const access = await accessForChange(tx, actor, input.conversationId)
  const first = await findFirst(tx, actor, input)
  const cursors = access.cursors ?? []
  if (first) return { sent: { message: first, created: false, cursors }, access, hasLinks: false }
  refuseArchived(access)
  if (input.replyToId !== undefined) await checkReply(tx, access, input.replyToId)
  const files = await checkAttachments(tx, actor, input)
  const message = await write(tx, access, files, {
    conversationId: input.conversationId,
    senderId: actor.userId,
    type: files.length > 0 ? typeOf(files) : input.type,
    text: input.text?.toWellFormed() ?? null,
    html: input.html?.toWellFormed() ?? null,
    clientKey: input.clientKey ?? null,
    replyToId: input.replyToId ?? null,
    mentions: await checkMentions(tx, access, input.mentions ?? []),
    metadata: input.metadata ?? {},
    attachment: input.attachment ?? null,
  })
  const hasLinks = await previewLater(chat, tx, message)
  return { sent: { message, created: true, cursors }, access, hasLinks }
}

/** The message that this key was sent with before, so that a retry writes nothing. */
async function findFirst(tx: Queryable, actor: Actor, input: SendInput): Promise<Message | null> {
  if (input.clientKey === undefined) return null
  return findMessageByClientKey(tx, input.conversationId, actor.userId, input.clientKey)
}

async function checkReply(tx: Queryable, { id, since }: Access, replyToId: MessageId): Promise<void> {
  const message = await findMessage(tx, id, replyToId)
  if (message && !message.deletedAt && message.id > since) return
  throw new ChatError('invalid', 'is not a message of this conversation', 'replyToId')
}

const MOST_MENTIONS = 100

/** Those who are named, each once. */
async function checkMentions(tx: Queryable, access: Access, mentions: UserId[]): Promise<UserId[]> {
  const named = [...new Set(mentions)]
  if (named.length === 0) return named
  if (named.length > MOST_MENTIONS)
    throw new ChatError('invalid', `must name at most ${MOST_MENTIONS} members`, 'mentions')
  const members = new Set(access.recipients ?? (await listColleagues(tx, access.orgId, named)))
  if (named.every((userId) => members.has(userId))) return named
  throw new ChatError('invalid', 'must name members of this conversation', 'mentions')
}

export const MOST_ATTACHMENTS = 10

/** The files that go into a message, in the order of their ids. */
async function checkAttachments(
  tx: Queryable,
  { userId: uploaderId }: Actor,
  { conversationId, attachmentIds = [] }: SendInput,
): Promise<Attachment[]> {
  const ids = [...new Set(attachmentIds)]
  if (ids.length === 0) return []
  if (ids.length > MOST_ATTACHMENTS)
    throw new ChatError('invalid', `must name at most ${MOST_ATTACHMENTS} files`, 'attachmentIds')
  const files = await lockUnsent(tx, { conversationId, uploaderId }, ids)
  if (files.length === ids.length) return files
  throw new ChatError(
    'invalid',
    'must name own files, finalized and in no message of this conversation yet',
    'attachmentIds',
  )
}

/** What a message with these files is. */
export const typeOf = (files: Attachment[]): Message['type'] =>
  files.every(({ mimeType }) => isImageType(mimeType)) ? 'image' : 'file'

async function write(
  tx: Queryable,
  access: Access,
  files: Attachment[],
  input: NewMessage & { senderId: UserId },
): Promise<Message> {
  const { conversationId, senderId } = input
  if (access.leftAt) await bringBack(tx, conversationId, [senderId])
  const inserted = await insertMessage(tx, input)
  if (!inserted) throw new ChatError('unauthenticated', 'This user no longer exists.')
  const { changeSeq, restored, revived } = inserted
  const message = files.length > 0 ? { ...inserted.message, attachments: files } : inserted.message
  if (files.length > 0)
    await putIntoMessage(
      tx,
      message.id,
      files.map(({ id }) => id),
    )
  await emit(tx, { type: 'message.created', conversationId, message }, access.audience, changeSeq)
  const reappears = access.hiddenAt ? [senderId, ...restored] : restored
  // What was unread when they hid it counts again.
  const own = ['conversation.restored', 'unread.changed'] as const
  await emitOwn(
    tx,
    reappears.flatMap((userId) => own.map((type) => ({ type, conversationId, userId }))),
  )
  if (revived.length > 0) {
    const event = { type: 'archive.changed' as const, conversationId, userIds: revived, isArchived: false }
    await emit(tx, event, revived)
  }
  return message
}

export interface PageQuery {
  /** One of these, or none for the newest messages: below a message, above one, or with one in the middle. */
  before?: MessageId | null | undefined
  after?: MessageId | undefined
  around?: MessageId | undefined
  limit: number
  /** Deleted messages are among them, without their content. */
  deleted?: boolean
}

export interface MessagePage {
  /** Oldest first. */
  messages: Message[]
  cursors: Cursor[]
  hasBefore: boolean
  hasAfter: boolean
  /** The last message that the caller has read; 0 for none. */
  readId: MessageId
}

/** A page of what the caller may see of a conversation. The message that it begins at may have been deleted. */
export async function listMessages(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  query: PageQuery,
): Promise<MessagePage> {
  const access = await accessForReading(chat.db, actor, conversationId)
  const { pivot, older, newer } = placeOf(query)
  const stretch = { conversationId, since: access.since, pivot, deleted: query.deleted ?? false }
  // One more on each side tells whether that is all there are.
  const reading = list(chat.db, { ...stretch, older: older + 1, newer: newer + 1 })
  const [found] = await Promise.all([reading, checkPlace(chat, access, query)])
  const split = found.filter(({ id }) => id < pivot).length
  return {
    messages: found.slice(Math.max(split - older, 0), split + newer),
    cursors: access.cursors ?? [],
    hasBefore: split > older,
    hasAfter: found.length - split > newer,
    readId: access.readId,
  }
}

async function checkPlace({ db }: Chat, { id, since }: Access, query: PageQuery): Promise<void> {
  for (const field of ['before', 'after', 'around'] as const) {
    const messageId = query[field] ?? null
    if (messageId === null || (messageId > since && (await findSeq(db, id, messageId)) !== null)) continue
    throw new ChatError('invalid', 'is not a message of this conversation', field)
  }
}

/** So many messages older than the pivot, and so many from the pivot on. */
function placeOf({ before, after, around, limit }: PageQuery) {
  if (after !== undefined) return { pivot: after + 1, older: 0, newer: limit }
  if (around === undefined) return { pivot: before ?? Number.MAX_SAFE_INTEGER, older: limit, newer: 0 }
  const older = Math.floor(limit / 2)
  return { pivot: around, older, newer: limit - older }
}
