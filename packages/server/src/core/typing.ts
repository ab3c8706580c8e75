import { accessConversation } from './access.ts'
import type { Actor, Chat, ConversationId } from './types.ts'

/** Tells the other members that the caller is typing; nothing is stored. */
export async function sendTyping(chat: Chat, actor: Actor, id: ConversationId): Promise<void> {
  const { recipients, subjectType } = await accessConversation(chat.db, actor, id)
  const { userId } = actor
  const others = recipients.filter((recipient) => recipient !== userId)
  chat.publish({ type: 'typing', conversationId: id, userId, subjectType }, others)
}
