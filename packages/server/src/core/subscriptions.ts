import { joiningPosition } from '../db/subscriptions.ts'
import { accessConversation } from './access.ts'
import type { Actor, Chat, ConversationId, MessageId } from './types.ts'

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
