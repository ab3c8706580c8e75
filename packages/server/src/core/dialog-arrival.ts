import { findNameIn, insertNewcomer } from '../db/dialog-members.ts'
import type { Newcomer } from '../db/dialog-members.ts'
import type { Queryable } from '../db/database.ts'
import { formAudience } from './access.ts'
import type { HeldAccess } from './access.ts'
import { holdPeople } from './colleagues.ts'
import { depart } from './departure.ts'
import { named, writeNotice } from './dialog-notices.ts'
import { emit } from './events.ts'
import type { ConversationId, UserId } from './types.ts'

/** Somebody who is no member of a dialog, which is locked, becomes one; whoever has them do so, the event names them alone. */
export async function arrive(tx: Queryable, id: ConversationId, newcomer: Newcomer): Promise<void> {
  const { userId, profile } = newcomer
  await holdPeople(tx, [userId], 'userId')
  const changeSeq = await insertNewcomer(tx, id, newcomer)
  const audience = await formAudience(tx, id)
  const event = { type: 'member.added' as const, conversationId: id, userIds: [userId], by: userId }
  await emit(tx, event, audience, changeSeq)
  await writeNotice(
    tx,
    { conversationId: id, userIds: [userId] },
    { event: 'participant_joined', ...named(profile) },
  )
  await emit(tx, { type: 'unread.changed', conversationId: id, userId }, [userId])
}

/** A member of a dialog, which is locked, is one no longer. */
export async function goAway(
  tx: Queryable,
  { id, audience }: Pick<HeldAccess, 'id' | 'audience'>,
  userId: UserId,
): Promise<void> {
  const name = await findNameIn(tx, id, userId)
  await depart(tx, { conversationId: id, userId, by: userId, audience })
  await writeNotice(tx, { conversationId: id, userIds: [userId] }, { event: 'participant_left', name })
}
