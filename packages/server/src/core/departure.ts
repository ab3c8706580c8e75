import { findAccess, lockConversation } from '../db/conversations.ts'
import type { Queryable } from '../db/database.ts'
import { listGroups, removeMember } from '../db/members.ts'
import { audienceOf } from './access.ts'
import { change } from './change.ts'
import { emit } from './events.ts'
import type { StoredAudience } from './events.ts'
import type { Chat, ConversationId, UserId } from './types.ts'

interface Departure {
  conversationId: ConversationId
  userId: UserId
  /** Who removes the member, or the member. */
  by: UserId
  /** The member still among them. */
  audience: StoredAudience
}

/** Ends a membership of a private conversation that is locked; who is no member stays none. */
export async function depart(tx: Queryable, { audience, ...departure }: Departure): Promise<void> {
  const { conversationId, userId } = departure
  const removed = await removeMember(tx, conversationId, userId)
  if (!removed) return
  const { heir, changeSeq } = removed
  await emit(tx, { type: 'member.removed', ...departure, heir }, audience, changeSeq)
  await emit(tx, { type: 'unread.changed', conversationId, userId }, [userId])
}

/** Leaves what would go on without the user; conversations of two keep both. */
export async function leaveGroups(chat: Chat, userId: UserId): Promise<void> {
  for (const conversationId of await listGroups(chat.db, userId)) {
    await change(chat, async (tx) => {
      await lockConversation(tx, conversationId)
      const access = await findAccess(tx, conversationId, userId, {})
      if (!access) return
      const audience = await audienceOf(tx, access)
      await depart(tx, { conversationId, userId, by: userId, audience })
    })
  }
}
