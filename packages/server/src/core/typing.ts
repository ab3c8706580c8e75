import { accessConversation } from './access.ts'
import type { Actor, Chat, ConversationId } from './types.ts'

/** Tells the other members that the caller is typing; nothing is stored. */
export async function sendTyping(chat: Chat, actor: Actor, id: ConversationId): Promise<void> {
  const { audience, subjectType } = await accessConversation(chat.db, actor, id)
  const { userId } = actor
  const others = Array.isArray(audience) ? audience.filter((recipient) => recipient !== userId) : audience
  chat.publish({ type: 'typing', conversationId: id, userId, subjectType }, others)
}
