import { holdPeople, othersOf } from './colleagues.ts'
import { open, PLAIN } from './creation.ts'
import type { Created } from './creation.ts'
import { parseName } from './naming.ts'
import type { Actor, Chat, Conversation, UserId } from './types.ts'

export interface GroupInput {
  /** At most 255 characters. */
  name?: string | null | undefined
  metadata?: Conversation['metadata'] | undefined
  /** Anybody whom the host application knows, at most 1,000. */
  memberIds: UserId[]
}

/** Starts a group, of one organisation or across. It is the caller's. */
export async function createGroup(
  chat: Chat,
  actor: Actor,
  { name = null, metadata = {}, memberIds: asked }: GroupInput,
): Promise<Created> {
  const memberIds = [actor.userId, ...othersOf(actor, asked, 'memberIds')]
  const group = { ...PLAIN, kind: 'group' as const, name: parseName(name), metadata }
  return open(chat, actor, async (tx) => {
    await holdPeople(tx, memberIds, 'memberIds')
    return { ...group, createdBy: actor.userId, memberIds }
  })
}
