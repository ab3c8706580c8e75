import { findAccess, insertConversation, lockConversation } from '../db/conversations.ts'
import type { Access } from '../db/conversations.ts'
import type { Queryable } from '../db/database.ts'
import { eraseDialog, introduceSubject, setProfiles, tellRemoved } from '../db/dialog-management.ts'
import type { DialogProfile } from '../db/dialog-members.ts'
import { findDialog, listDialogs } from '../db/dialogs.ts'
import type { Asker, DialogView } from '../db/dialogs.ts'
import { listScopes, replaceScopes } from '../db/scopes.ts'
import { insertUsers } from '../db/users.ts'
import { audienceOf } from './access.ts'
import { change } from './change.ts'
import { holdPeople } from './colleagues.ts'
import { PLAIN } from './creation.ts'
import { arrive, goAway } from './dialog-arrival.ts'
import { named, writeNotice } from './dialog-notices.ts'
import { noSuchDialog, withAllParticipants, withParticipants } from './dialogs.ts'
import type { Dialog, Scopes } from './dialogs.ts'
import { discardBlobs } from './doomed-blobs.ts'
import { emit } from './events.ts'
import { parseName } from './naming.ts'
import type { Chat, Conversation, ConversationId, Subject, UserId } from './types.ts'

// What the host application does to dialogs: on nobody's behalf, and to those alone that it began.

export interface ParticipantInput extends Partial<DialogProfile> {
  userId: UserId
  displayName: string
}

export interface DialogInput {
  subject: Pick<Subject, 'type' | 'id'> & Partial<Pick<Subject, 'title' | 'url'>>
  participants: ParticipantInput[]
  scopes: Scopes[]
  metadata?: Conversation['metadata'] | undefined
}

/**
 * Starts a dialog about something, whether or not there are others about it. Users and subjects of whom nobody has heard
 * are made from what is said here. Nobody in it is its creator, nor may any of them do more than the others.
 */
export async function createDialog(chat: Chat, input: DialogInput): Promise<ManagedDialog> {
  const { subject, scopes, metadata = {} } = input
  const title = parseName(subject.title ?? null)
  const participants = [...new Map(input.participants.map((one) => [one.userId, one])).values()]
  const memberIds = participants.map(({ userId }) => userId)
  const members = participants.map((one) => ({ userId: one.userId, profile: profileOf(one) }))
  const group = { ...PLAIN, kind: 'group', name: title, metadata, createdBy: null } as const
  const id = await change(chat, async (tx) => {
    await insertUsers(tx, participants)
    await holdPeople(tx, memberIds, 'participants')
    await introduceSubject(tx, { url: null, ...subject, title })
    const conversation = await insertConversation(tx, { ...group, subject, memberIds })
    if (!conversation) throw new Error('A conversation without a key was taken for another.')
    const { id: conversationId, changeSeq } = conversation
    await setProfiles(tx, conversationId, members)
    await replaceScopes(tx, conversationId, scopes)
    await emit(tx, { type: 'conversation.created', conversationId, conversation }, memberIds, changeSeq)
    const notice = {
      event: 'chat_created',
      participants: members.map(({ profile }) => named(profile)),
    } as const
    await writeNotice(tx, { conversationId, userIds: memberIds }, notice)
    return conversationId
  })
  return getManaged(chat, id)
}

const profileOf = ({
  displayName,
  company = null,
  email = null,
  phone = null,
}: ParticipantInput): DialogProfile => ({ displayName, company, email, phone })

export interface ManagedDialog extends Dialog {
  scopes: Scopes[]
}

/** What dialogs there are to manage, as somebody stands to them who is in none. */
const MANAGEMENT = {
  userId: '',
  reach: { kinds: ['group'], subjectTypes: ['*'] },
  scopes: null,
} satisfies Asker

/** A dialog with all of its participants. */
export async function getManaged(chat: Chat, id: ConversationId): Promise<ManagedDialog> {
  const view = await findDialog(chat.db, MANAGEMENT, id)
  if (!view) throw noSuchDialog()
  return { ...(await withAllParticipants(chat.db, view)), scopes: await listScopes(chat.db, [id]) }
}

const MOST_FOUND = 1000

/** The dialogs about something that are open to just these scopes, in whatever order; the last created first. */
export async function searchDialogs(
  chat: Chat,
  { about, scopes }: { about: Pick<Subject, 'type' | 'id'>; scopes: Scopes[] },
): Promise<ManagedDialog[]> {
  const query = { type: 'any', about, limit: MOST_FOUND, offset: 0 } as const
  const views = await listDialogs(chat.db, MANAGEMENT, query)
  const found = await listScopes(
    chat.db,
    views.map(({ conversation }) => conversation.id),
  )
  const byDialog = Map.groupBy(found, ({ conversationId }) => conversationId)
  const scopesOf = ({ conversation }: DialogView) => byDialog.get(conversation.id) ?? []
  const alike = views.filter((view) => keyOf(scopesOf(view)) === keyOf(scopes))
  const dialogs = await withParticipants(chat.db, alike, null)
  return dialogs.map((dialog) => ({ ...dialog, scopes: scopesOf(dialog) }))
}

const keyOf = (scopes: Scopes[]): string => JSON.stringify(sorted(scopes.map(levelsOf)))

const levelsOf = ({ level0, level1, level2 }: Scopes) => JSON.stringify([level0, level1, level2].map(sorted))

const sorted = (texts: string[]): string[] => [...new Set(texts)].sort()

/** Opens a dialog to whoever matches one of these scopes; its participants stay. */
export async function setScopes(chat: Chat, id: ConversationId, scopes: Scopes[]): Promise<void> {
  await chat.db.transaction(async (tx) => {
    await hold(tx, id)
    await replaceScopes(tx, id, scopes)
  })
}

/** Who is a participant stays as they are. */
export async function addParticipant(chat: Chat, id: ConversationId, input: ParticipantInput): Promise<void> {
  const { userId } = input
  await change(chat, async (tx) => {
    const place = await hold(tx, id, userId)
    if (isPresent(place)) return
    await insertUsers(tx, [input])
    await arrive(tx, id, { userId, joinedAs: 'participant', profile: profileOf(input) })
  })
}

/** Who is no participant stays none. */
export async function removeParticipant(chat: Chat, id: ConversationId, userId: UserId): Promise<void> {
  await change(chat, async (tx) => {
    const place = await hold(tx, id, userId)
    if (!isPresent(place)) return
    await goAway(tx, { id, audience: await audienceOf(tx, place) }, userId)
  })
}

const isPresent = ({ joinedAt, leftAt }: Access) => joinedAt !== null && !leftAt

/** Deletes a dialog with all that was ever said in it. */
export async function deleteDialog(chat: Chat, id: ConversationId): Promise<void> {
  const blobs = await change(chat, async (tx) => {
    await hold(tx, id)
    const { members, blobs } = await eraseDialog(tx, id)
    await tellRemoved(tx, id, members)
    return blobs
  })
  await discardBlobs(chat, blobs)
}

/** A dialog until the change commits, as a user stands to it. */
async function hold(tx: Queryable, id: ConversationId, userId: UserId = MANAGEMENT.userId): Promise<Access> {
  await lockConversation(tx, id)
  const access = await findAccess(tx, id, userId, MANAGEMENT.reach)
  if (!access) throw noSuchDialog()
  return access
}
