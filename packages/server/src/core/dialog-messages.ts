import { findMessage } from '../db/messages.ts'
import { accessConversation, refuseDeleted } from './access.ts'
import { ChatError } from './errors.ts'
import { sanitiseHtml, textOfHtml } from './html.ts'
import { editMessage } from './message-changes.ts'
import { listMessages } from './messages.ts'
import { sendMessage } from './sending.ts'
import type { MessagePage, PageQuery } from './messages.ts'
import type { SendInput } from './drafts.ts'
import type { Sent } from './sending.ts'
import type { Actor, Chat, ConversationId, Message, MessageId } from './types.ts'

export interface DialogMessageInput extends Pick<
  SendInput,
  'conversationId' | 'replyToId' | 'attachmentIds' | 'clientKey'
> {
  /** Plain text or HTML, at most 50,000 bytes; may be empty where there are attachments. */
  content: string
}

/** Sends a message, up to which its sender has then read the dialog. */
export async function sendDialogMessage(
  chat: Chat,
  actor: Actor,
  { content, ...input }: DialogMessageInput,
): Promise<Sent> {
  const { attachmentIds = [] } = input
  const body = readContent(content, attachmentIds.length > 0)
  return sendMessage(chat, actor, { ...input, ...body, type: 'text' }, { reads: true })
}

interface MessagePlace {
  conversationId: ConversationId
  id: MessageId
}

/** Gives the caller's own message another content, which may be empty where it has attachments. */
export async function editDialogMessage(
  chat: Chat,
  actor: Actor,
  { content, ...place }: MessagePlace & Pick<DialogMessageInput, 'content'>,
): Promise<Message> {
  const { attachments } = await getDialogMessage(chat, actor, place)
  const { text, html } = readContent(content, attachments.length > 0)
  return editMessage(chat, actor, place.id, text ?? '', { html, conversationId: place.conversationId })
}

/** A message that is not deleted. */
export async function getDialogMessage(
  chat: Chat,
  actor: Actor,
  { conversationId, id }: MessagePlace,
): Promise<Message> {
  const { since } = await accessConversation(chat.db, actor, conversationId)
  const message = await findMessage(chat.db, conversationId, id)
  if (!message || id <= since) throw new ChatError('not_found', 'There is no such message.')
  refuseDeleted(message)
  return message
}

const MOST_BYTES = 50_000

/** What other dialects show, and what this one shows where that is more than text. */
function readContent(input: string, mayBeEmpty: boolean): Pick<Message, 'text' | 'html'> {
  const content = input.toWellFormed()
  if (Buffer.byteLength(content) > MOST_BYTES)
    throw new ChatError('invalid', `must have at most ${MOST_BYTES} bytes`, 'content')
  const html = sanitiseHtml(content)
  const text = html === null ? content : textOfHtml(html)
  if (text.trim() !== '') return { text, html }
  if (mayBeEmpty) return { text: null, html: null }
  throw new ChatError('invalid', 'must not be empty', 'content')
}

export interface DialogPage extends Pick<MessagePage, 'messages' | 'hasBefore' | 'hasAfter'> {
  /** Where the caller has to read on; null where there is nothing to, and around a message. */
  firstUnreadId: MessageId | null
}

/** A page of a dialog; around a message as many on both sides of it. */
export async function listDialogMessages(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  { limit, ...place }: Omit<PageQuery, 'deleted'>,
): Promise<DialogPage> {
  const { around } = place
  const most = around === undefined ? limit : 2 * Math.floor(limit / 2) + 1
  const page = await listMessages(chat, actor, conversationId, { ...place, limit: most })
  const { messages, hasBefore, hasAfter } = page
  const firstUnreadId = around === undefined ? findFirstUnread(page, actor) : null
  return { messages, hasBefore, hasAfter, firstUnreadId }
}

/** For somebody who never read anything that is the first of the page, whatever it is. */
function findFirstUnread({ messages, readId }: MessagePage, { userId }: Actor): MessageId | null {
  const isUnread = ({ id, type, senderId }: Message) =>
    id > readId && type !== 'system' && senderId !== userId
  const first = readId === 0 ? messages[0] : messages.find(isUnread)
  return first?.id ?? null
}
