import { accessConversation } from './access.ts'
import type { Actor, Chat, ConversationId } from './types.ts'

/** Tells the other members that the caller is typing, or no longer is; nothing is stored. */
export async function sendTyping(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  isTyping = true,
): Promise<void> {
  const { audience, kind, subjectType, orgId: org } = await accessConversation(chat.db, actor, conversationId)
  const { userId } = actor
  const others = Array.isArray(audience) ? audience.filter((recipient) => recipient !== userId) : audience
  chat.publish({ type: 'typing', conversationId, userId, isTyping, kind, subjectType, org }, others)
}
