import { createDialog } from '../../src/core/dialog-management.ts'
import type { DialogInput, ManagedDialog, ParticipantInput } from '../../src/core/dialog-management.ts'
import type { Scopes } from '../../src/core/dialogs.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { putUser } from '../../src/core/users.ts'

let last = 0

/** What the dialogs dialect can represent. */
export const asDialogUser = (userId: string): Actor => ({ userId, reach: { subjectTypes: ['*'] } })

/** Somebody of whom nobody else in this file has heard, but the host application has. */
export async function newUser(chat: Chat, displayName = 'Somebody'): Promise<Actor> {
  const id = `user-${++last}`
  await putUser(chat, { id, displayName, avatarUrl: null, role: 'user', orgId: null })
  return asDialogUser(id)
}

export const newObject = () => ({ type: 'tender', id: `tender-${++last}` })

export const scopes = (level0: string[], level1: string[] = [], level2: string[] = []): Scopes => {
  return { level0, level1, level2 }
}

export const profile = (displayName: string, company: string | null = null) => {
  return { displayName, company, email: `${displayName}@example.com`, phone: '+1' }
}

type Given = Partial<Omit<DialogInput, 'participants'>> & {
  title?: string
  of?: (Actor | ParticipantInput)[]
}

/** A dialog about something new, unless it is said about what. */
export function newDialog(chat: Chat, { of = [], title, ...given }: Given = {}): Promise<ManagedDialog> {
  const participants = of.map((one) =>
    'reach' in one ? { userId: one.userId, displayName: `${one.userId} here` } : one,
  )
  const subject = { ...newObject(), ...given.subject, ...(title !== undefined && { title }) }
  return createDialog(chat, { scopes: [], ...given, subject, participants })
}

export async function newDialogId(chat: Chat, given: Given = {}): Promise<ConversationId> {
  return (await newDialog(chat, given)).conversation.id
}
