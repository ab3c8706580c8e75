import type { Queryable } from '../db/database.ts'
import { clearPinned, countOtherPins, listPinned as list, setPinned } from '../db/pins.ts'
import type { PinPlace } from '../db/pins.ts'
import { accessConversation, accessMessage, isAdmin, refuseArchived, refuseDeleted } from './access.ts'
import type { MessageAccess } from './access.ts'
import { change } from './change.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import type { Actor, Chat, ConversationId, Message, MessageId } from './types.ts'

const MOST = 100

/** Pins a message for everybody in its conversation, unless it is pinned. */
export async function pinMessage(chat: Chat, actor: Actor, messageId: MessageId): Promise<void> {
  await change(chat, async (tx) => {
    const { access, message } = await accessPin(tx, actor, messageId)
    if ((await countOtherPins(tx, message)) >= MOST)
      throw new ChatError('conflict', `A conversation has at most ${MOST} pinned messages.`)
    const { userId } = actor
    const pinned = await setPinned(tx, message, userId)
    if (!pinned) return
    const { pinnedAt, changeSeq } = pinned
    const { conversationId } = message
    const event = { type: 'message.pinned', conversationId, messageId, userId, pinnedAt } as const
    await emit(tx, event, access.audience, changeSeq)
  })
}

/** Unpins a message, if it is pinned. */
export async function unpinMessage(chat: Chat, actor: Actor, messageId: MessageId): Promise<void> {
  await change(chat, async (tx) => {
    const { access, message } = await accessPin(tx, actor, messageId)
    const { userId } = actor
    const changeSeq = await clearPinned(tx, message)
    if (changeSeq === null) return
    const { conversationId } = message
    const event = { type: 'message.unpinned', conversationId, messageId, userId } as const
    await emit(tx, event, access.audience, changeSeq)
  })
}

/** In a channel only admins decide what is pinned. */
async function accessPin(tx: Queryable, actor: Actor, id: MessageId): Promise<MessageAccess> {
  const found = await accessMessage(tx, actor, id)
  if (found.access.kind === 'channel' && !isAdmin(found.access))
    throw new ChatError('forbidden', 'Only an admin of this channel may pin messages.')
  refuseDeleted(found.message)
  refuseArchived(found.access)
  return found
}

/** A conversation's pinned messages, the last pinned first. */
export async function listPinned(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  page: { before: PinPlace | null; limit: number },
): Promise<Message[]> {
  const { since } = await accessConversation(chat.db, actor, conversationId)
  return list(chat.db, { ...page, conversationId, since })
}
