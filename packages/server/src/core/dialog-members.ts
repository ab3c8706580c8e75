import { findAccess, lockConversation } from '../db/conversations.ts'
import { setPinned as pin } from '../db/dialog-members.ts'
import type { DialogProfile } from '../db/dialog-members.ts'
import { findDialog } from '../db/dialogs.ts'
import { accessForChange } from './access.ts'
import { change } from './change.ts'
import { arrive } from './dialog-arrival.ts'
import { getDialog, noSuchDialog, notOpen } from './dialogs.ts'
import type { DialogParticipant, Scopes } from './dialogs.ts'
import { ChatError } from './errors.ts'
import { updatePreferences } from './preferences.ts'
import type { Actor, Chat, ConversationId } from './types.ts'

export { setArchived } from './conversations.ts'
export { leaveConversation as leaveDialog } from './members.ts'

/** Makes the caller a participant of a dialog that is open to them. All that was written in it is unread. */
export async function joinDialog(
  chat: Chat,
  { userId, reach }: Actor,
  id: ConversationId,
  profile: DialogProfile,
  scopes: Scopes,
): Promise<void> {
  await change(chat, async (tx) => {
    await lockConversation(tx, id)
    const dialog = await findDialog(tx, { userId, reach, scopes }, id)
    const place = await findAccess(tx, id, userId, reach)
    if (!dialog || !place) throw noSuchDialog()
    if (dialog.isParticipant) throw new ChatError('conflict', 'You are in this dialog already.')
    if (!dialog.canJoin) throw notOpen()
    await arrive(tx, id, { userId, joinedAs: 'joined', profile })
  })
}

/** Keeps a dialog at the top of the caller's list, or no longer. */
export async function setPinned(
  chat: Chat,
  actor: Actor,
  id: ConversationId,
  isPinned: boolean,
): Promise<void> {
  await change(chat, async (tx) => {
    await accessForChange(tx, actor, id)
    await pin(tx, id, actor.userId, isPinned)
  })
}

/** Whether the caller hears of what is written in a dialog while not connected. */
export async function setNotifications(
  chat: Chat,
  actor: Actor,
  id: ConversationId,
  enabled: boolean,
): Promise<void> {
  await updatePreferences(chat, actor, id, { notifyLevel: enabled ? 'all' : 'none' })
}

/** Who is in a dialog, for those in it and, without how to reach them, for those to whom it is open. */
export async function listDialogParticipants(
  chat: Chat,
  actor: Actor,
  id: ConversationId,
  scopes: Scopes | null,
): Promise<{ participants: DialogParticipant[]; isParticipant: boolean }> {
  const { participants, isParticipant } = await getDialog(chat, actor, id, scopes)
  return { participants, isParticipant }
}
