import { holdPeople } from './colleagues.ts'
import { keyOfTwo, open, PLAIN } from './creation.ts'
import type { Created } from './creation.ts'
import { ChatError } from './errors.ts'
import type { Actor, Chat, Conversation, UserId } from './types.ts'

interface DirectInput {
  /** Kept with a new one. */
  metadata?: Conversation['metadata'] | undefined
  /** What the client calls the other's id. */
  field?: string
}

/**
 * Starts the conversation of the caller with somebody, or finds it, hidden or not. Where both are of one organisation it
 * is that organisation's, so that colleagues have one conversation, however each of them comes to it.
 */
export async function openDirect(
  chat: Chat,
  actor: Actor,
  otherId: UserId,
  { metadata = {}, field = 'userId' }: DirectInput = {},
): Promise<Created> {
  if (otherId === actor.userId) throw new ChatError('invalid', 'You cannot write to yourself.', field)
  const memberIds = [actor.userId, otherId]
  return open(chat, actor, async (tx) => {
    const [one, other] = await holdPeople(tx, memberIds, field)
    const orgId = one && one.orgId === other?.orgId ? one.orgId : null
    const uniqueKey = keyOfTwo(orgId, memberIds)
    return { ...PLAIN, kind: 'direct', metadata, uniqueKey, createdBy: actor.userId, memberIds }
  })
}
