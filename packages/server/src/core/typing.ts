import { listPresent } from '../db/audiences.ts'
import { accessConversation } from './access.ts'
import type { Access } from './access.ts'
import type { Actor, Chat, ConversationId, UserId } from './types.ts'

/** Tells the other members that the caller is typing, or no longer is; nothing is stored. */
export async function sendTyping(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  isTyping = true,
): Promise<void> {
  const access = await accessConversation(chat.db, actor, conversationId)
  const { kind, subjectType, orgId: org } = access
  const { userId } = actor
  const others = access.visibility === 'org' ? { org: org ?? '' } : await othersIn(chat, access, userId)
  chat.publish({ type: 'typing', conversationId, userId, isTyping, kind, subjectType, org }, others)
}

async function othersIn(chat: Chat, { id, audienceId }: Access, userId: UserId): Promise<UserId[]> {
  const known = audienceId === null ? undefined : (await chat.audiences.read([audienceId])).get(audienceId)
  const present = known ?? (await listPresent(chat.db, id))
  return present.filter((other) => other !== userId)
}
