import { findRole, insertMembers } from '../db/members.ts'
import type { Queryable } from '../db/database.ts'
import { accessForAdmin, accessForChange, formAudience, refuseArchived } from './access.ts'
import type { Access } from './access.ts'
import { change } from './change.ts'
import { holdColleagues, holdPeople, othersOf } from './colleagues.ts'
import { setVisibility } from './conversations.ts'
import { depart } from './departure.ts'
import { goAway } from './dialog-arrival.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import { bringBack, putAway } from './org-channels.ts'
import type { Actor, Chat, ConversationId, UserId } from './types.ts'

/**
 * Adds others, at most 1,000 at a time, to a conversation of an organisation colleagues only; for admins. Who is a member stays as they are; a
 * channel of the organisation comes back to who has left it.
 */
export async function addMembers(
  chat: Chat,
  actor: Actor,
  id: ConversationId,
  userIds: UserId[],
): Promise<void> {
  const others = othersOf(actor, userIds, 'userIds')
  await change(chat, async (tx) => {
    const access = await accessForAdmin(tx, actor, id)
    refuseArchived(access)
    await holdNewcomers(tx, actor, access, others)
    if (access.visibility === 'private') await add(tx, { id, by: actor.userId }, others)
    else await bringBack(tx, id, others)
  })
}

/** Whoever asks as one of an organisation adds its people; others may be of none, or of several. */
async function holdNewcomers(
  tx: Queryable,
  { reach }: Actor,
  { orgId }: Access,
  ids: UserId[],
): Promise<void> {
  if (orgId === null && reach.org === undefined) await holdPeople(tx, ids, 'userIds')
  else await holdColleagues(tx, ids, { orgId, field: 'userIds' })
}

async function add(
  tx: Queryable,
  { id: conversationId, by }: { id: ConversationId; by: UserId },
  others: UserId[],
): Promise<void> {
  const added = await insertMembers(tx, conversationId, others)
  if (!added) return
  const { userIds, changeSeq } = added
  const audience = await formAudience(tx, conversationId)
  await emit(tx, { type: 'member.added', conversationId, userIds, by }, audience, changeSeq)
}

/** Removes a member; for admins, but only an owner removes an owner. Who is no member stays none. */
export async function removeMember(
  chat: Chat,
  actor: Actor,
  id: ConversationId,
  userId: UserId,
): Promise<void> {
  if (userId === actor.userId) return leaveConversation(chat, actor, id)
  await change(chat, async (tx) => {
    const access = await accessForAdmin(tx, actor, id)
    refuseArchived(access)
    if (access.visibility === 'org')
      throw new ChatError('conflict', 'Everybody of the organisation is a member of this channel.')
    await refuseOwner(tx, access, userId)
    await depart(tx, { conversationId: id, userId, by: actor.userId, audience: access.audience })
  })
}

async function refuseOwner(tx: Queryable, { id, role }: Access, userId: UserId): Promise<void> {
  if (role !== 'owner' && (await findRole(tx, id, userId)) === 'owner')
    throw new ChatError('forbidden', 'Only an owner may remove an owner.')
}

/**
 * Leaves a group, private channel or dialog for good. A conversation of two is hidden until somebody writes in it, a
 * channel of the organisation until the caller writes in it or is added again; that one is muted too.
 */
export async function leaveConversation(chat: Chat, actor: Actor, id: ConversationId): Promise<void> {
  await change(chat, async (tx) => {
    const access = await accessForChange(tx, actor, id)
    if (access.kind === 'direct') return setVisibility(tx, actor, id, 'conversation.hidden')
    if (access.visibility === 'org') return putAway(tx, id, actor.userId)
    refuseArchived(access)
    const { userId } = actor
    if (access.subjectType !== null) return goAway(tx, access, userId)
    await depart(tx, { conversationId: id, userId, by: userId, audience: access.audience })
  })
}
