import type { Queryable } from '../db/database.ts'
import { moveDeliveredCursor, moveReadCursor } from '../db/members.ts'
import { findSeq } from '../db/messages.ts'
import { accessForChange } from './access.ts'
import type { Access, HeldAccess } from './access.ts'
import { change } from './change.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import type { Actor, Chat, ConversationId, Cursor, Message, MessageId } from './types.ts'

/**
 * Moves the caller's read cursor to a message, never back; to the newest where none is named or it is beyond that one.
 * What is read is delivered too. Answers how many messages had been unread.
 */
export async function markRead(
  chat: Chat,
  actor: Actor,
  id: ConversationId,
  upTo: MessageId = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  return change(chat, async (tx) => {
    const access = await accessForChange(tx, actor, id)
    const place = await readable(tx, access, upTo)
    return place ? readWithin(tx, actor, access, place) : 0
  })
}

async function readWithin(
  tx: Queryable,
  { userId }: Actor,
  { id, audience }: HeldAccess,
  place: { messageId: MessageId; seq: number },
): Promise<number> {
  const moved = await moveReadCursor(tx, { conversationId: id, userId, ...place })
  if (!moved) return 0
  const { changeSeq, read } = moved
  const { messageId } = place
  await emit(
    tx,
    { type: 'message.read', conversationId: id, userId, messageId, readAt: new Date() },
    audience,
    changeSeq,
  )
  await emit(tx, { type: 'unread.changed', conversationId: id, userId }, [userId])
  return read
}

async function readable(tx: Queryable, { id, lastMessageId, messageSeq, since }: Access, upTo: MessageId) {
  if (lastMessageId === null) return null
  if (upTo >= lastMessageId) return { messageId: lastMessageId, seq: messageSeq }
  const seq = upTo > since ? await findSeq(tx, id, upTo) : null
  if (seq !== null) return { messageId: upTo, seq }
  throw new ChatError('invalid', 'is not a message of this conversation', 'lastReadMessageId')
}

/** Moves the caller's delivered cursor to a message; beyond the newest one means the newest. */
export async function markDelivered(
  chat: Chat,
  actor: Actor,
  { conversationId, lastMessageId }: { conversationId: ConversationId; lastMessageId: MessageId },
): Promise<void> {
  await change(chat, async (tx) => {
    const access = await accessForChange(tx, actor, conversationId)
    const messageId = await deliverable(tx, access, lastMessageId)
    if (messageId === null) return
    const place = { conversationId, userId: actor.userId, messageId }
    const changeSeq = await moveDeliveredCursor(tx, place)
    if (changeSeq === null) return
    await emit(tx, { type: 'message.delivered', ...place }, access.audience, changeSeq)
  })
}

async function deliverable(tx: Queryable, access: Access, id: MessageId): Promise<MessageId | null> {
  const { lastMessageId } = access
  if (lastMessageId === null || id >= lastMessageId) return lastMessageId
  if ((await findSeq(tx, access.id, id)) !== null) return id
  throw new ChatError('invalid', 'is not a message of this conversation', 'lastMessageId')
}

export type MessageStatus = 'sent' | 'delivered' | 'read'

/** How far a message of a conversation of two has come with the one who did not send it. */
export function messageStatus({ id, senderId }: Message, cursors: Cursor[]): MessageStatus {
  const others = cursors.filter(({ userId }) => userId !== senderId)
  if (others.length === 0) return 'sent'
  // Without a sender nobody knows whose cursor does not count: the message is as far as it came with anybody.
  const reached = (has: (cursor: Cursor) => boolean) =>
    senderId === null ? others.some(has) : others.every(has)
  if (reached(({ readId }) => readId >= id)) return 'read'
  if (reached(({ deliveredId }) => deliveredId >= id)) return 'delivered'
  return 'sent'
}
