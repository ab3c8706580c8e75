import type { Conversation, Message } from '@parley/wire/workspace'
import type { Overview } from '../../core/conversations.ts'
import { reactionsOf } from '../../core/reactions.ts'
import type { Actor, Message as CoreMessage } from '../../core/types.ts'
import type { Scope } from './scope.ts'
import { conversationView, messageView } from './views.ts'

/** Messages with the reactions to them, as the actor sees these. */
export async function showMessages(
  { chat, blobUrl }: Scope,
  actor: Actor,
  messages: CoreMessage[],
): Promise<Message[]> {
  const ids = messages.map(({ id }) => id)
  const reactions = await reactionsOf(chat.db, actor, ids)
  return messages.map((message) => messageView(message, reactions.get(message.id) ?? [], blobUrl))
}

export async function showMessage(
  { chat, blobUrl }: Scope,
  actor: Actor,
  message: CoreMessage,
): Promise<Message> {
  const reactions = await reactionsOf(chat.db, actor, [message.id])
  return messageView(message, reactions.get(message.id) ?? [], blobUrl)
}

export async function showConversations(
  { chat, blobUrl }: Scope,
  actor: Actor,
  overviews: Overview[],
): Promise<Conversation[]> {
  const ids = overviews.flatMap(({ lastMessage }) => lastMessage?.id ?? [])
  const reactions = await reactionsOf(chat.db, actor, ids)
  return overviews.map((overview) =>
    conversationView(overview, reactions.get(overview.lastMessage?.id ?? 0) ?? [], blobUrl),
  )
}

export async function showConversation(
  { chat, blobUrl }: Scope,
  actor: Actor,
  overview: Overview,
): Promise<Conversation> {
  const { lastMessage } = overview
  const reactions = await reactionsOf(chat.db, actor, lastMessage ? [lastMessage.id] : [])
  return conversationView(overview, reactions.get(lastMessage?.id ?? 0) ?? [], blobUrl)
}
