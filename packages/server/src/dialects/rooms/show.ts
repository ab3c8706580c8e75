import type { Chat, Message } from '@parley/wire/rooms'
import type { Overview } from '../../core/conversations.ts'
import { listReaders } from '../../core/history.ts'
import { listParticipants } from '../../core/participants.ts'
import type { Message as CoreMessage } from '../../core/types.ts'
import type { Scope } from './scope.ts'
import { chatView, messageView } from './views.ts'

/** However many they are, their participants are asked for once. */
export async function showChats({ chat }: Scope, overviews: Overview[]): Promise<Chat[]> {
  const ids = overviews.map(({ conversation }) => conversation.id)
  const participants = await listParticipants(chat, ids)
  return overviews.map((overview) => chatView(overview, participants))
}

export async function showChat({ chat }: Scope, overview: Overview): Promise<Chat> {
  return chatView(overview, await listParticipants(chat, [overview.conversation.id]))
}

/** A message that may have been read already. */
export async function showMessage({ chat, blobUrl }: Scope, message: CoreMessage): Promise<Message> {
  const readers = await listReaders(chat, { id: message.conversationId })
  return messageView(message, readers, blobUrl)
}
