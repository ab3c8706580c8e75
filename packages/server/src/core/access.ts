import { findAccess, lockConversation } from '../db/conversations.ts'
import type { Access } from '../db/conversations.ts'
import type { Queryable } from '../db/database.ts'
import { ChatError } from './errors.ts'
import type { Actor, ConversationId } from './types.ts'

export type { Access }

/** The only way to a conversation: members reach it, others learn no more than that it exists. */
export async function accessConversation(tx: Queryable, actor: Actor, id: ConversationId): Promise<Access> {
  const access = await findAccess(tx, id, actor.userId, actor.reach)
  if (!access) throw new ChatError('not_found', 'There is no such conversation.')
  if (!access.memberSince || access.leftAt) {
    throw new ChatError('forbidden', 'You are not a participant of this conversation.')
  }
  return access
}

/** The same for a change, which holds the conversation until it commits. */
export async function accessForChange(tx: Queryable, actor: Actor, id: ConversationId): Promise<Access> {
  // Two statements in one go: the second must see what the holder of the lock before us has committed.
  const [, access] = await Promise.all([lockConversation(tx, id), accessConversation(tx, actor, id)])
  return access
}
