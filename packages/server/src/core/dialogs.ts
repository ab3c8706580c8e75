import { listDialogParticipants } from '../db/dialog-members.ts'
import type { DialogParticipant } from '../db/dialog-members.ts'
import type { Queryable } from '../db/database.ts'
import { findDialog, listDialogs as list } from '../db/dialogs.ts'
import type { DialogQuery, DialogView } from '../db/dialogs.ts'
import type { Scopes } from '../db/scopes.ts'
import { ChatError } from './errors.ts'
import type { Actor, Chat, ConversationId, Subject } from './types.ts'

export type { DialogParticipant, Scopes }

/** A conversation about something, with its participants: those who came first in lists, all of one. */
export interface Dialog extends DialogView {
  participants: DialogParticipant[]
}

export interface DialogListQuery extends DialogQuery {
  type: Exclude<DialogQuery['type'], 'any'>
  /** What the caller is allowed to see beside the own dialogs. */
  scopes: Scopes | null
}

const SHOWN_IN_LISTS = 20

/** The caller's dialogs, those open to the caller, or both; the last created first. */
export async function listDialogs(
  chat: Chat,
  { userId, reach }: Actor,
  { scopes, ...query }: DialogListQuery,
): Promise<Dialog[]> {
  const views = await list(chat.db, { userId, reach, scopes }, query)
  return (await withParticipants(chat.db, views, SHOWN_IN_LISTS)).map(shown)
}

/** The newest dialog about something that the caller may see. */
export async function findDialogAbout(
  chat: Chat,
  actor: Actor,
  about: Pick<Subject, 'type' | 'id'>,
  scopes: Scopes | null,
): Promise<Dialog | null> {
  const query = { type: 'accessible', about, scopes, limit: 1, offset: 0 } as const
  const [dialog] = await listDialogs(chat, actor, query)
  return dialog ?? null
}

/** For participants, and for those to whom the dialog is open. */
export async function getDialog(
  chat: Chat,
  { userId, reach }: Actor,
  id: ConversationId,
  scopes: Scopes | null,
): Promise<Dialog> {
  const view = await findDialog(chat.db, { userId, reach, scopes }, id)
  if (!view) throw noSuchDialog()
  if (!view.isParticipant && !view.canJoin) throw notOpen()
  return shown(await withAllParticipants(chat.db, view))
}

export const noSuchDialog = () => new ChatError('not_found', 'There is no such dialog.')

export const notOpen = () => new ChatError('forbidden', 'This dialog is not open to you.')

export async function withAllParticipants(db: Queryable, view: DialogView): Promise<Dialog> {
  return { ...view, participants: await listDialogParticipants(db, [view.conversation.id]) }
}

/** Of each so many, or all. */
export async function withParticipants(
  db: Queryable,
  views: DialogView[],
  most: number | null,
): Promise<Dialog[]> {
  const ids = views.map(({ conversation }) => conversation.id)
  const participants = await listDialogParticipants(db, ids, most)
  const byDialog = Map.groupBy(participants, ({ conversationId }) => conversationId)
  return views.map((view) => ({ ...view, participants: byDialog.get(view.conversation.id) ?? [] }))
}

/** How to reach somebody, and how far somebody has read, is for participants to see. */
function shown(dialog: Dialog): Dialog {
  if (dialog.isParticipant) return dialog
  const nothing = { email: null, phone: null, lastReadMessageId: null, unread: 0 }
  return { ...dialog, participants: dialog.participants.map((one) => ({ ...one, ...nothing })) }
}
