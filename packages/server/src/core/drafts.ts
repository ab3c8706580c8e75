import { lockUnsent } from '../db/attachments.ts'
import { listPresent } from '../db/audiences.ts'
import type { Queryable } from '../db/database.ts'
import { findMessage } from '../db/messages.ts'
import type { NewMessage } from '../db/new-messages.ts'
import { listColleagues } from '../db/users.ts'
import { refuseArchived } from './access.ts'
import type { Access } from './access.ts'
import { ChatError } from './errors.ts'
import { isImageType } from './images.ts'
import type { Actor, Attachment, ConversationId, Message, MessageId, NewAttachment, UserId } from './types.ts'
import { UNTOUCHED } from './writing.ts'
import type { Draft } from './writing.ts'

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

export interface Send {
  actor: Actor
  input: SendInput
  /** Whether somebody is to look at what it links to. */
  hasLinks: boolean
  /** Whether the sender has then read the conversation up to it. */
  reads?: boolean
}

/** What a send alone says of its message, which may have been checked no further than by itself. */
export function freshMessage({ actor: { userId, reach }, input, hasLinks, reads = false }: Send): NewMessage {
  return {
    hasLinks,
    reads,
    reach,
    message: {
      ...UNTOUCHED,
      conversationId: input.conversationId,
      senderId: userId,
      type: input.type,
      text: input.text?.toWellFormed() ?? null,
      html: input.html?.toWellFormed() ?? null,
      clientKey: input.clientKey ?? null,
      replyToId: input.replyToId ?? null,
      mentions: [],
      metadata: input.metadata ?? {},
      attachments: [],
    },
  }
}

/** Whether that is all of the message, and nothing else comes with it. */
export const isTextAlone = ({ input: { attachment, attachmentIds = [], mentions = [] } }: Send): boolean =>
  !attachment && attachmentIds.length === 0 && mentions.length === 0

/**
 * What is to be written of a send, once everything has been checked; nothing is written yet, so that one of many may be
 * refused. Files that others of them have `claimed` are gone.
 */
export async function draft(
  tx: Queryable,
  access: Access,
  send: Send,
  claimed: Set<Attachment['id']>,
): Promise<Draft> {
  const { actor, input } = send
  refuseArchived(access)
  if (input.replyToId !== undefined) await checkReply(tx, access, input.replyToId)
  const mentions = await checkMentions(tx, access, input.mentions ?? [])
  const attachments = await checkAttachments(tx, actor, input, claimed)
  const { message, ...rest } = freshMessage(send)
  const type = attachments.length > 0 ? typeOf(attachments) : message.type
  return {
    ...rest,
    message: { ...message, type, mentions, attachments },
    conversation: access,
    attachment: input.attachment ?? null,
    comesBack: access.leftAt !== null,
  }
}

// As `IS_PLAIN` of db/new-messages.ts has it, too.
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
  const isOpen = access.visibility === 'org'
  const members = new Set(
    await (isOpen ? listColleagues(tx, access.orgId, named) : listPresent(tx, access.id, named)),
  )
  if (named.every((userId) => members.has(userId))) return named
  throw new ChatError('invalid', 'must name members of this conversation', 'mentions')
}

export const MOST_ATTACHMENTS = 10

/** The files that go into a message, in the order of their ids. */
async function checkAttachments(
  tx: Queryable,
  { userId: uploaderId }: Actor,
  { conversationId, attachmentIds = [] }: SendInput,
  claimed: Set<Attachment['id']>,
): Promise<Attachment[]> {
  const ids = [...new Set(attachmentIds)]
  if (ids.length === 0) return []
  if (ids.length > MOST_ATTACHMENTS)
    throw new ChatError('invalid', `must name at most ${MOST_ATTACHMENTS} files`, 'attachmentIds')
  const files = await lockUnsent(tx, { conversationId, uploaderId }, ids)
  if (files.length === ids.length && !ids.some((id) => claimed.has(id))) {
    for (const id of ids) claimed.add(id)
    return files
  }
  throw new ChatError(
    'invalid',
    'must name own files, finalized and in no message of this conversation yet',
    'attachmentIds',
  )
}

/** What a message with these files is. */
export const typeOf = (files: Attachment[]): Message['type'] =>
  files.every(({ mimeType }) => isImageType(mimeType)) ? 'image' : 'file'
