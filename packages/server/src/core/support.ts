import { listStaff } from '../db/users.ts'
import { holdPeople } from './colleagues.ts'
import { open, PLAIN } from './creation.ts'
import type { Created } from './creation.ts'
import { ChatError } from './errors.ts'
import { hasLinks } from './link-previews.ts'
import { sendWithin } from './sending.ts'
import { parseName } from './naming.ts'
import type { Actor, Chat } from './types.ts'

export interface SupportInput {
  /** At most 255 characters. */
  subject?: string | null | undefined
  firstMessage?: string | undefined
}

/** Starts a conversation of the caller with everybody whom the host application has help people; they are its admins. */
export async function openSupport(
  chat: Chat,
  actor: Actor,
  { subject = null, firstMessage: text }: SupportInput,
): Promise<Created> {
  const name = parseName(subject)
  const created = await open(
    chat,
    actor,
    async (tx) => {
      const staff = (await listStaff(tx)).filter((userId) => userId !== actor.userId)
      if (staff.length === 0) throw new ChatError('conflict', 'There is nobody here who could help.')
      await holdPeople(tx, [actor.userId], 'userId')
      const memberIds = [actor.userId, ...staff]
      return { ...PLAIN, kind: 'support', name, createdBy: actor.userId, memberIds, adminIds: staff }
    },
    async (tx, conversationId) => {
      if (text !== undefined) await sendWithin(chat, tx, actor, { conversationId, type: 'text', text })
    },
  )
  if (hasLinks(chat, text ?? null)) chat.linksWritten?.()
  return created
}
