import { findNameIn, insertNewcomer } from '../db/dialog-members.ts'
import type { Newcomer } from '../db/dialog-members.ts'
import type { Queryable } from '../db/database.ts'
import { holdPeople } from './colleagues.ts'
import { depart } from './departure.ts'
import { named, writeNotice } from './dialog-notices.ts'
import { emit } from './events.ts'
import type { ConversationId, UserId } from './types.ts'

/** A dialog that is locked, and its present members. */
interface Place {
  id: ConversationId
  recipients: UserId[] | null
}

/** Somebody who is no member becomes one; whoever has them do so, the event names them alone. */
export async function arrive(tx: Queryable, { id, recipients }: Place, newcomer: Newcomer): Promise<void> {
  const { userId, profile } = newcomer
  await holdPeople(tx, [userId], 'userId')
  const changeSeq = await insertNewcomer(tx, id, newcomer)
  const audience = [...(recipients ?? []), userId]
  const event = { type: 'member.added' as const, conversationId: id, userIds: [userId], by: userId }
  await emit(tx, event, audience, changeSeq)
  await writeNotice(
    tx,
    { conversationId: id, audience, userIds: [userId] },
    { event: 'participant_joined', ...named(profile) },
  )
  await emit(tx, { type: 'unread.changed', conversationId: id, userId }, [userId])
}

/** A member is one no longer. */
export async function goAway(tx: Queryable, { id, recipients }: Place, userId: UserId): Promise<void> {
  const present = recipients ?? []
  const name = await findNameIn(tx, id, userId)
  await depart(tx, { conversationId: id, userId, by: userId, audience: present })
  const audience = present.filter((other) => other !== userId)
  await writeNotice(
    tx,
    { conversationId: id, audience, userIds: [userId] },
    { event: 'participant_left', name },
  )
}
