import { countBefore, findPlace, listNewest as list } from '../db/messages.ts'
import { listCursors } from '../db/participants.ts'
import { accessForReading } from './access.ts'
import type { ReadAccess } from './access.ts'
import type { Actor, Chat, ConversationId, Cursor, Message, MessageId } from './types.ts'

export interface HistoryQuery {
  /** Only what was written before this message, or this time. */
  before?: MessageId | Date | undefined
  /** So many of the newest are left out. */
  offset?: number
  limit: number
}

export interface History {
  /** Oldest first; of deleted ones there is what is left, so that whoever counts them counts right. */
  messages: Message[]
  /** How many messages of these the caller may see in all. */
  total: number
  /** How far the present members have come. */
  readers: Cursor[]
}

/** The newest messages of a conversation, by numbers of them. */
export async function listNewest(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  query: HistoryQuery,
): Promise<History> {
  return readNewest(chat, await accessForReading(chat, actor, conversationId), query)
}

/** The same of one that the caller is known to have access to. */
export async function readNewest(
  chat: Chat,
  access: ReadAccess,
  { before, offset = 0, limit }: HistoryQuery,
): Promise<History> {
  const { id: conversationId, since, messageSeq, historyMode, joinedSeq } = access
  const end = before instanceof Date ? await findPlace(chat.db, conversationId, { time: before }) : before
  const lastSeq = end === undefined ? messageSeq : await countBefore(chat.db, conversationId, end)
  const skipped = offset > 0 ? { seq: lastSeq - offset + 1 } : null
  const place = skipped ? await findPlace(chat.db, conversationId, skipped) : end
  const [newest, readers] = await Promise.all([
    list(chat.db, { conversationId, since, before: place ?? Number.MAX_SAFE_INTEGER, limit }),
    listReaders(chat, access),
  ])
  const total = Math.max(historyMode === 'since_join' ? lastSeq - joinedSeq : lastSeq, 0)
  return { messages: newest.toReversed(), total, readers }
}

/** How far those have come whom a conversation of a known kind has now. */
export async function listReaders(
  chat: Chat,
  { id, cursors }: { id: ConversationId; cursors?: Cursor[] | null },
): Promise<Cursor[]> {
  return cursors ?? listCursors(chat.db, id)
}
