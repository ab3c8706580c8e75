import { findOverviews } from '../db/conversations.ts'
import { searchMessages } from '../db/messages.ts'
import { accessConversation } from './access.ts'
import type { Overview } from './conversations.ts'
import type { MessagePage } from './messages.ts'
import type { Actor, Chat, ConversationId, Message, MessageId } from './types.ts'

export interface SearchQuery {
  /** Words in web search syntax, or any part of a message's text. */
  text: string
  before: MessageId | null
  limit: number
}

/** Matching messages of one conversation, newest first. */
export async function searchInConversation(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  query: SearchQuery,
): Promise<MessagePage> {
  const { cursors } = await accessConversation(chat.db, actor, conversationId)
  const { userId, reach } = actor
  const messages = await searchMessages(chat.db, userId, { ...query, reach, conversationId })
  return { messages, cursors: cursors ?? [] }
}

export interface Hit {
  message: Message
  overview: Overview
}

/** Matching messages of all the caller's conversations, newest first. */
export async function searchEverywhere(chat: Chat, actor: Actor, query: SearchQuery): Promise<Hit[]> {
  const { userId, reach } = actor
  const messages = await searchMessages(chat.db, userId, { ...query, reach, conversationId: null })
  const ids = [...new Set(messages.map(({ conversationId }) => conversationId))]
  const overviews = await findOverviews(chat.db, actor.userId, ids)
  const byId = new Map(overviews.map((overview) => [overview.conversation.id, overview]))
  return messages.flatMap((message) => {
    const overview = byId.get(message.conversationId)
    return overview ? [{ message, overview }] : []
  })
}
