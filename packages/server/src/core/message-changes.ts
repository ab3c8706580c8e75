import type { Queryable } from '../db/database.ts'
import { eraseContent, eraseFromLog, listUnreadBy, updateText } from '../db/message-changes.ts'
import { accessMessage, isAdmin, refuseArchived, refuseDeleted } from './access.ts'
import type { Access, HeldAccess } from './access.ts'
import { change } from './change.ts'
import { discardBlobs } from './doomed-blobs.ts'
import { ChatError } from './errors.ts'
import { emit, emitOwn } from './events.ts'
import { keptPreviews, previewLater } from './link-previews.ts'
import type { Actor, Chat, ConversationId, Message, MessageId } from './types.ts'

export interface EditTerms {
  /** The new text with formatting; safe to show. */
  html?: string | null
  /** Where the message must be. */
  conversationId?: ConversationId
  /** For how many minutes after it was sent a message may be edited. */
  minutes?: number
}

/** Gives the caller's own message another text, and with it another formatting. Whom it names stays as it was sent. */
export async function editMessage(
  chat: Chat,
  actor: Actor,
  id: MessageId,
  text: string,
  { conversationId: place, minutes = Infinity, html = null }: EditTerms = {},
): Promise<Message> {
  const { edited, hasLinks } = await change(chat, async (tx) => {
    const { access, message } = await accessMessage(tx, actor, id, place)
    if (!isAuthor(actor, message)) throw new ChatError('forbidden', 'Only its author may edit a message.')
    refuseDeleted(message)
    if (Date.now() - message.createdAt.getTime() > minutes * 60_000)
      throw new ChatError('forbidden', `A message may be edited for ${minutes} minutes only.`)
    refuseArchived(access)
    const wellFormed = text.toWellFormed()
    const linkPreviews = keptPreviews(message, wellFormed)
    const edit = await updateText(tx, message, { text: wellFormed, html, linkPreviews })
    if (!edit) return { edited: message, hasLinks: false }
    const { changeSeq, editedAt } = edit
    const edited = { ...message, text: wellFormed, html, linkPreviews, editedAt }
    const { conversationId } = message
    await emit(tx, { type: 'message.updated', conversationId, message: edited }, access.audience, changeSeq)
    return { edited, hasLinks: await previewLater(chat, tx, edited) }
  })
  if (hasLinks) chat.linksWritten?.()
  return edited
}

/** Deletes a message and returns what is left of it. Doing it again changes nothing. */
export async function deleteMessage(
  chat: Chat,
  actor: Actor,
  id: MessageId,
  place?: ConversationId,
): Promise<Message> {
  const { left, blobs } = await change(chat, async (tx) => {
    const { access, message } = await accessMessage(tx, actor, id, place)
    if (!isAuthor(actor, message) && !moderates(access))
      throw new ChatError('forbidden', 'Only its author or an admin may delete a message.')
    refuseArchived(access)
    return erase(tx, access, message)
  })
  await discardBlobs(chat, blobs)
  return left
}

/** What the server says of a conversation is nobody's, whoever caused it. */
const isAuthor = ({ userId }: Actor, { type, senderId }: Message) => type !== 'system' && senderId === userId

/** Between two people nobody deletes what the other wrote, not even who began. */
const moderates = (access: Access) => access.kind !== 'direct' && isAdmin(access)

interface Erasure {
  left: Message
  /** Its files. */
  blobs: string[]
}

async function erase(tx: Queryable, access: HeldAccess, message: Message): Promise<Erasure> {
  const deletion = await eraseContent(tx, message)
  if (!deletion) return { left: message, blobs: [] }
  const { changeSeq, deletedAt, blobs } = deletion
  const { id: messageId, conversationId } = message
  const nothing = {
    text: null,
    html: null,
    mentions: [],
    attachments: [],
    linkPreviews: [],
    metadata: {},
    pinnedAt: null,
  }
  const left = { ...message, ...nothing, deletedAt }
  await eraseFromLog(tx, left)
  await emit(
    tx,
    { type: 'message.deleted', conversationId, messageId, deletedAt },
    access.audience,
    changeSeq,
  )
  await tellOfUnread(tx, access, message)
  return { left, blobs }
}

/**
 * Unread counts that fall. Where there may be thousands of members nothing is written for each of them: whoever is
 * connected is told of the new counts when the deletion is delivered, as with a new message.
 */
async function tellOfUnread(tx: Queryable, { kind, id }: Access, message: Message): Promise<void> {
  if (kind !== 'direct' || message.type === 'system') return
  const userIds = await listUnreadBy(tx, message)
  await emitOwn(
    tx,
    userIds.map((userId) => ({ type: 'unread.changed', conversationId: id, userId })),
  )
}
