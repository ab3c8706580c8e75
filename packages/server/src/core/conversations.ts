import { archiveConversation as archive, updateConversation as update } from '../db/conversations.ts'
import type { ConversationChange } from '../db/conversations.ts'
import { listPresent } from '../db/audiences.ts'
import type { Queryable } from '../db/database.ts'
import { setArchived as archiveFor, setHidden } from '../db/members.ts'
import { lookIntoChannels } from '../db/org-channels.ts'
import { countAll, countUnread, findOverviews, listOverviews } from '../db/overviews.ts'
import type { ListFilter, Listed, ListPlace, Overview, Totals } from '../db/overviews.ts'
import {
  accessConversation,
  accessForAdmin,
  accessForChange,
  accessForReading,
  audienceOf,
  refuseArchived,
} from './access.ts'
import type { Access, HeldAccess } from './access.ts'
import { change } from './change.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import { parseDescription, parseName } from './naming.ts'
import type { Actor, Chat, Conversation, ConversationId } from './types.ts'

export type { Listed, ListPlace, Overview }

export async function getConversation(chat: Chat, actor: Actor, id: ConversationId): Promise<Overview> {
  await accessForReading(chat, actor, id)
  return overviewOf(chat, actor, id)
}

/** For who has just been found to be a member. */
export async function overviewOf(chat: Chat, actor: Actor, id: ConversationId): Promise<Overview> {
  const [overview] = await findOverviews(chat.db, actor.userId, [id])
  if (!overview) throw new ChatError('not_found', 'There is no such conversation.')
  return overview
}

export interface ListQuery {
  /** Archived ones are in `archived` only. */
  filter?: ListFilter | undefined
  limit: number
  before?: ListPlace | undefined
}

/** The caller's conversations that are not hidden, the most recently active first. */
export async function listConversations(
  chat: Chat,
  { userId, reach }: Actor,
  { filter = 'all', ...page }: ListQuery,
): Promise<Listed[]> {
  if (reach.org) await lookIntoChannels(chat.db, userId, null)
  return listOverviews(chat.db, userId, { ...page, filter, reach })
}

export interface NumberedPage {
  /** From 1. */
  page: number
  limit: number
  /** Only of these kinds. */
  kinds?: Conversation['kind'][] | undefined
}

/** The same by the number of a page, and how many there are in all. */
export async function listPage(
  chat: Chat,
  { userId, reach }: Actor,
  { page, limit, kinds }: NumberedPage,
): Promise<{ overviews: Overview[]; total: number }> {
  const narrowed = kinds ? { ...reach, kinds } : reach
  const query = { filter: 'all' as const, reach: narrowed, limit, offset: (page - 1) * limit }
  const [overviews, { conversations }] = await Promise.all([
    listOverviews(chat.db, userId, query),
    countAll(chat.db, userId, narrowed),
  ])
  return { overviews, total: conversations }
}

/** How many conversations the caller's list holds, and what is in them. */
export function getTotals(chat: Chat, { userId, reach }: Actor): Promise<Totals> {
  return countAll(chat.db, userId, reach)
}

/** Puts a conversation out of the caller's way, or back. */
export async function setArchived(
  chat: Chat,
  actor: Actor,
  id: ConversationId,
  isArchived: boolean,
): Promise<void> {
  await change(chat, (tx) => putAside(tx, actor, id, isArchived))
}

/** The same, whichever it is not; true where it is out of the way now. */
export async function toggleArchived(chat: Chat, actor: Actor, id: ConversationId): Promise<boolean> {
  return change(chat, async (tx) => (await putAside(tx, actor, id, null)) ?? false)
}

async function putAside(
  tx: Queryable,
  actor: Actor,
  conversationId: ConversationId,
  wanted: boolean | null,
): Promise<boolean | null> {
  const { userId } = actor
  await accessForChange(tx, actor, conversationId)
  const isArchived = await archiveFor(tx, conversationId, userId, wanted)
  if (isArchived !== null)
    await emit(tx, { type: 'archive.changed', conversationId, userIds: [userId], isArchived }, [userId])
  return isArchived
}

/** Unread messages in all of the caller's conversations that are neither hidden nor archived. */
export function totalUnread(chat: Chat, actor: Actor): Promise<number> {
  return countUnread(chat.db, actor.userId, actor.reach)
}

/** Hides a conversation from the caller alone, until somebody else writes in it. */
export async function hideConversation(chat: Chat, actor: Actor, id: ConversationId): Promise<void> {
  await change(chat, async (tx) => {
    await accessForChange(tx, actor, id)
    await setVisibility(tx, actor, id, 'conversation.hidden')
  })
}

export async function setVisibility(
  tx: Queryable,
  { userId }: Actor,
  conversationId: ConversationId,
  type: 'conversation.hidden' | 'conversation.restored',
): Promise<void> {
  if (!(await setHidden(tx, conversationId, userId, type === 'conversation.hidden'))) return
  await emit(tx, { type, conversationId, userId }, [userId])
  await emit(tx, { type: 'unread.changed', conversationId, userId }, [userId])
}

export interface ConversationUpdate {
  /** 1 to 255 characters; null takes a group's name away. */
  name?: string | null | undefined
  /** At most 4,000 characters. */
  description?: string | null | undefined
  /** Of a channel only. */
  visibility?: Conversation['visibility'] | undefined
}

/**
 * Changes what everybody sees of a conversation; for its admins. Who has a channel of the organisation in sight when it
 * closes stays in it; what else changes then is for them alone.
 */
export async function updateConversation(
  chat: Chat,
  actor: Actor,
  id: ConversationId,
  { name, description, visibility }: ConversationUpdate,
): Promise<Overview> {
  await change(chat, async (tx) => {
    const access = await accessForAdmin(tx, actor, id)
    refuseArchived(access)
    const changed = {
      kind: access.kind,
      visibility: visibility ?? access.visibility,
      name: name === undefined ? access.name : parseName(name),
      description: description === undefined ? access.description : parseDescription(description),
    }
    refuseUnfit(access, changed)
    const closes = access.visibility === 'org' && changed.visibility === 'private'
    await apply(tx, closes ? await close(tx, actor, access) : access, changed)
  })
  return overviewOf(chat, actor, id)
}

/** Closes a channel to its organisation, which hears of it for the last time. */
async function close(tx: Queryable, actor: Actor, access: HeldAccess): Promise<Access> {
  const { id: conversationId, audience } = access
  const conversation = await update(tx, conversationId, { ...access, visibility: 'private' })
  const closed = await accessConversation(tx, actor, conversationId)
  const remaining = await listPresent(tx, conversationId)
  const event = { type: 'conversation.updated', conversationId, conversation, remaining } as const
  await emit(tx, event, audience, conversation.changeSeq)
  return closed
}

/** Makes a private channel of a group; its members, messages and cursors stay as they are. */
export async function convertConversation(
  chat: Chat,
  actor: Actor,
  id: ConversationId,
  { name }: { name?: string | undefined } = {},
): Promise<Overview> {
  await change(chat, async (tx) => {
    const access = await accessForAdmin(tx, actor, id)
    refuseArchived(access)
    if (access.kind !== 'group') throw new ChatError('conflict', 'Only a group becomes a channel.')
    const changed = {
      kind: 'channel' as const,
      visibility: 'private' as const,
      name: name === undefined ? access.name : parseName(name),
      description: access.description,
    }
    refuseUnfit(access, changed)
    await apply(tx, access, changed)
  })
  return overviewOf(chat, actor, id)
}

/** Ends all change to a conversation, which stays readable; for its admins. Doing it again changes nothing. */
export async function archiveConversation(chat: Chat, actor: Actor, id: ConversationId): Promise<void> {
  await change(chat, async (tx) => {
    const access = await accessForAdmin(tx, actor, id)
    const archived = await archive(tx, id)
    if (!archived) return
    const { archivedAt, changeSeq } = archived
    const event = { type: 'conversation.archived' as const, conversationId: id, archivedAt }
    await emit(tx, event, access.audience, changeSeq)
  })
}

function refuseUnfit({ orgId }: Access, { kind, visibility, name }: ConversationChange): void {
  if (kind === 'channel' && name === null) throw new ChatError('invalid', 'A channel has a name.', 'name')
  if (visibility === 'private') return
  if (kind !== 'channel' || orgId === null)
    throw new ChatError('invalid', 'Only a channel of an organisation can be open to it.', 'visibility')
}

const CHANGEABLE = ['kind', 'visibility', 'name', 'description'] as const

async function apply(tx: Queryable, access: Access, changed: ConversationChange): Promise<void> {
  if (CHANGEABLE.every((field) => access[field] === changed[field])) return
  const conversation = await update(tx, access.id, changed)
  const { id: conversationId, changeSeq } = conversation
  const audience = await audienceOf(tx, { ...access, visibility: changed.visibility })
  await emit(tx, { type: 'conversation.updated', conversationId, conversation }, audience, changeSeq)
}
