import { findOverviews } from '../db/overviews.ts'
import { searchConversations, searchReach } from '../db/search.ts'
import type { Search } from '../db/search.ts'
import { accessConversation } from './access.ts'
import type { Overview } from './conversations.ts'
import type { Actor, Chat, ConversationId, Cursor, Message } from './types.ts'

/** Matching messages of one conversation, or of all that the caller has in sight; newest first. */
export async function searchMessages(
  chat: Chat,
  actor: Actor,
  { conversationId, ...search }: Search & { conversationId: ConversationId | null },
): Promise<Message[]> {
  if (conversationId === null) return searchReach(chat.db, actor.userId, { ...search, reach: actor.reach })
  return (await searchInConversation(chat, actor, conversationId, search)).messages
}

/** Matching messages of one conversation, and how far its members have come. */
export async function searchInConversation(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  search: Search,
): Promise<{ messages: Message[]; cursors: Cursor[] }> {
  const access = await accessConversation(chat.db, actor, conversationId)
  return { messages: await searchConversations(chat.db, [access], search), cursors: access.cursors ?? [] }
}

export interface Hit {
  message: Message
  overview: Overview
}

/** Matching messages of all the caller's conversations, and those conversations. */
export async function searchEverywhere(chat: Chat, actor: Actor, search: Search): Promise<Hit[]> {
  const messages = await searchMessages(chat, actor, { ...search, conversationId: null })
  const ids = [...new Set(messages.map(({ conversationId }) => conversationId))]
  const overviews = await findOverviews(chat.db, actor.userId, ids)
  const byId = new Map(overviews.map((overview) => [overview.conversation.id, overview]))
  return messages.flatMap((message) => {
    const overview = byId.get(message.conversationId)
    return overview ? [{ message, overview }] : []
  })
}
