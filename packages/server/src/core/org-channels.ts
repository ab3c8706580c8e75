import type { Queryable } from '../db/database.ts'
import { leaveChannel, returnToChannel } from '../db/org-channels.ts'
import { emit } from './events.ts'
import type { ConversationId, Preferences, UserId } from './types.ts'

// Channels of an organisation, whose members can only put them out of their own sight.

export async function putAway(tx: Queryable, conversationId: ConversationId, userId: UserId): Promise<void> {
  const preferences = await leaveChannel(tx, conversationId, userId)
  if (preferences) await tell(tx, 'conversation.hidden', { conversationId, userId, preferences })
}

/** For those of these users who had put it away. */
export async function bringBack(
  tx: Queryable,
  conversationId: ConversationId,
  userIds: UserId[],
): Promise<void> {
  for (const { userId, preferences } of await returnToChannel(tx, conversationId, userIds)) {
    await tell(tx, 'conversation.restored', { conversationId, userId, preferences })
  }
}

interface View {
  conversationId: ConversationId
  userId: UserId
  preferences: Preferences
}

async function tell(
  tx: Queryable,
  type: 'conversation.hidden' | 'conversation.restored',
  { conversationId, userId, preferences }: View,
): Promise<void> {
  const own = { conversationId, userId }
  await emit(tx, { type, ...own }, [userId])
  await emit(tx, { type: 'preferences.changed', ...own, preferences }, [userId])
  await emit(tx, { type: 'unread.changed', ...own }, [userId])
}
