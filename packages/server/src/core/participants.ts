import { listParticipants as list } from '../db/participants.ts'
import type { Participant } from '../db/participants.ts'
import type { Chat, ConversationId, UserId } from './types.ts'

export type { Participant }

/** Who is in conversations that the caller is known to be in; or some of them. */
export async function listParticipants(
  chat: Chat,
  ids: ConversationId[],
  userIds: UserId[] | null = null,
): Promise<Participant[]> {
  const participants = await list(chat.db, ids, userIds)
  return participants.map((participant) => ({ ...participant, lastSeenAt: lastSeenOf(chat, participant) }))
}

/** This process may have seen them since it was last written down. */
function lastSeenOf({ presence }: Chat, { userId, lastSeenAt, isActive }: Participant): Date | null {
  if (!isActive) return null
  const here = presence.lastSeen(userId)
  return here && here.getTime() > (lastSeenAt?.getTime() ?? 0) ? here : lastSeenAt
}
