import { findAccess, lockConversation } from '../db/conversations.ts'
import type { Access as Found } from '../db/conversations.ts'
import type { Queryable } from '../db/database.ts'
import { ChatError } from './errors.ts'
import type { Audience } from './events.ts'
import type { Actor, ConversationId, MessageId } from './types.ts'

/** One conversation as a member stands to it. */
export interface Access extends Found {
  /** Whom its events concern. */
  audience: Audience
  /** The member sees what was written after this message. */
  since: MessageId
}

/** The only way to a conversation: members reach it, others learn no more than that it exists. */
export async function accessConversation(tx: Queryable, actor: Actor, id: ConversationId): Promise<Access> {
  const found = await findAccess(tx, id, actor.userId, actor.reach)
  if (!found) throw new ChatError('not_found', 'There is no such conversation.')
  const isMember = found.visibility === 'org' ? found.isOfOrg : found.joinedAt !== null && !found.leftAt
  if (!isMember) throw new ChatError('forbidden', 'You are not a participant of this conversation.')
  const audience = found.recipients ?? { org: found.orgId ?? '' }
  return { ...found, audience, since: found.historyMode === 'since_join' ? found.joinedId : 0 }
}

/** The same for a change, which holds the conversation until it commits. */
export async function accessForChange(tx: Queryable, actor: Actor, id: ConversationId): Promise<Access> {
  // Two statements in one go: the second must see what the holder of the lock before us has committed.
  const [, access] = await Promise.all([lockConversation(tx, id), accessConversation(tx, actor, id)])
  return access
}

/** The same for what its owner and admins may do. */
export async function accessForAdmin(tx: Queryable, actor: Actor, id: ConversationId): Promise<Access> {
  const access = await accessForChange(tx, actor, id)
  if (!isAdmin(access)) throw new ChatError('forbidden', 'Only an admin of this conversation may do that.')
  return access
}

export function isAdmin({ role }: Access): boolean {
  return role === 'owner' || role === 'admin'
}

/** The same for what changes what others see; nobody changes an archived conversation. */
export function refuseArchived({ archivedAt }: Access): void {
  if (archivedAt) throw new ChatError('conflict', 'This conversation is archived.')
}
