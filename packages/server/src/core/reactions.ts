import type { Queryable } from '../db/database.ts'
import { countOtherEmoji, deleteReaction, insertReaction, listReactions } from '../db/reactions.ts'
import type { Reaction } from '../db/reactions.ts'
import { accessMessage, refuseArchived, refuseDeleted } from './access.ts'
import { change } from './change.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import type { Actor, Chat, MessageId } from './types.ts'

export type { Reaction }

const MOST_DIFFERENT = 50

/** Adds the caller's reaction, unless it is there. */
export function addReaction(chat: Chat, actor: Actor, messageId: MessageId, emoji: string): Promise<void> {
  checkEmoji(emoji)
  return react(chat, actor, { messageId, emoji, type: 'reaction.added' })
}

/** Takes the caller's reaction away, if it is there. */
export function removeReaction(chat: Chat, actor: Actor, messageId: MessageId, emoji: string): Promise<void> {
  checkEmoji(emoji)
  return react(chat, actor, { messageId, emoji, type: 'reaction.removed' })
}

interface Change {
  messageId: MessageId
  emoji: string
  type: 'reaction.added' | 'reaction.removed'
}

function react(chat: Chat, actor: Actor, { messageId, emoji, type }: Change): Promise<void> {
  return change(chat, async (tx) => {
    const { access, message } = await accessMessage(tx, actor, messageId)
    refuseDeleted(message)
    refuseArchived(access)
    if (type === 'reaction.added') await refuseTooMany(tx, messageId, emoji)
    const { userId } = actor
    const apply = type === 'reaction.added' ? insertReaction : deleteReaction
    const changed = await apply(tx, { message, emoji, userId })
    if (!changed) return
    const { count, changeSeq } = changed
    const { conversationId } = message
    await emit(tx, { type, conversationId, messageId, emoji, userId, count }, access.audience, changeSeq)
  })
}

async function refuseTooMany(tx: Queryable, messageId: MessageId, emoji: string): Promise<void> {
  if ((await countOtherEmoji(tx, messageId, emoji)) < MOST_DIFFERENT) return
  throw new ChatError('conflict', `A message has at most ${MOST_DIFFERENT} different reactions.`)
}

/** Any text of up to 64 characters: a client may have pictures of its own, and names for them. */
function checkEmoji(emoji: string): void {
  const { length } = Array.from(emoji)
  if (length >= 1 && length <= 64 && emoji.isWellFormed() && !/\p{Cc}/u.test(emoji)) return
  throw new ChatError('invalid', 'must have 1 to 64 characters, none of them a control character', 'emoji')
}

/** The reactions to messages that the caller may read; those without any are missing. */
export async function reactionsOf(
  db: Queryable,
  actor: Actor,
  messageIds: MessageId[],
): Promise<Map<MessageId, Reaction[]>> {
  const byMessage = new Map<MessageId, Reaction[]>()
  if (messageIds.length === 0) return byMessage
  for (const { messageId, ...reaction } of await listReactions(db, actor.userId, messageIds)) {
    byMessage.set(messageId, [...(byMessage.get(messageId) ?? []), reaction])
  }
  return byMessage
}
