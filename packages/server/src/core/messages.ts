import { findSeq, listMessages as list } from '../db/messages.ts'
import { accessForReading } from './access.ts'
import type { ReadAccess } from './access.ts'
import { ChatError } from './errors.ts'
import type { Actor, Chat, ConversationId, Cursor, Message, MessageId } from './types.ts'

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
  return readMessages(chat, await accessForReading(chat, actor, conversationId), query)
}

/** The same of one that the caller is known to have access to. */
export async function readMessages(chat: Chat, access: ReadAccess, query: PageQuery): Promise<MessagePage> {
  const { pivot, older, newer } = placeOf(query)
  const stretch = { conversationId: access.id, since: access.since, pivot, deleted: query.deleted ?? false }
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

async function checkPlace({ db }: Chat, { id, since }: ReadAccess, query: PageQuery): Promise<void> {
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
