import type { Queryable } from '../db/database.ts'
import { leaveChannel, returnToChannel } from '../db/org-channels.ts'
import { emitOwn } from './events.ts'
import type { OwnEvent } from './events.ts'
import type { ConversationId, Preferences, UserId } from './types.ts'

// Channels of an organisation, whose members can only put them out of their own sight.

export async function putAway(tx: Queryable, conversationId: ConversationId, userId: UserId): Promise<void> {
  const preferences = await leaveChannel(tx, conversationId, userId)
  if (preferences) await emitOwn(tx, toldOf('conversation.hidden', { conversationId, userId, preferences }))
}

/** For those of these users who had put it away. */
export async function bringBack(
  tx: Queryable,
  conversationId: ConversationId,
  userIds: UserId[],
): Promise<void> {
  const returned = await returnToChannel(tx, conversationId, userIds)
  if (returned.length === 0) return
  const told = returned.flatMap((own) => toldOf('conversation.restored', { conversationId, ...own }))
  await emitOwn(tx, told)
}

interface View {
  conversationId: ConversationId
  userId: UserId
  preferences: Preferences
}

function toldOf(
  type: 'conversation.hidden' | 'conversation.restored',
  { preferences, ...own }: View,
): OwnEvent[] {
  return [
    { type, ...own },
    { type: 'preferences.changed', ...own, preferences },
    { type: 'unread.changed', ...own },
  ]
}
