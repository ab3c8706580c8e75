import { filterMembers, joiningPosition } from '../db/subscriptions.ts'
import { accessConversation } from './access.ts'
import type { Actor, Chat, ConversationId, MessageId, UserId } from './types.ts'

/** What of a conversation's events a member may hear. */
export interface Hearing {
  /** Those about messages after this one. */
  since: MessageId
  /** Those from this place in the log on. */
  from: number
}

/** Throws `not_found` and `forbidden` for those who may hear nothing. */
export async function accessEvents(chat: Chat, actor: Actor, id: ConversationId): Promise<Hearing> {
  const { since } = await accessConversation(chat.db, actor, id)
  if (since === 0) return { since, from: 0 }
  // Whoever has only just come has missed nothing yet.
  const from = (await joiningPosition(chat.db, id, actor.userId)) ?? Infinity
  return { since, from }
}

/** Those of these users who are not in a private conversation. */
export async function listOutsiders(chat: Chat, id: ConversationId, userIds: UserId[]): Promise<UserId[]> {
  const members = new Set(await filterMembers(chat.db, id, userIds))
  return userIds.filter((userId) => !members.has(userId))
}
