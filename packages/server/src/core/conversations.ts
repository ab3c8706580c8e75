import {
  countUnread,
  findConversationByKey,
  findOverviews,
  insertConversation,
  listOverviews,
} from '../db/conversations.ts'
import type { Overview } from '../db/conversations.ts'
import type { Queryable } from '../db/database.ts'
import { setHidden } from '../db/members.ts'
import { findSubject } from '../db/subjects.ts'
import { accessConversation, accessForChange } from './access.ts'
import { change } from './change.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import type { Actor, Chat, ConversationId, Subject } from './types.ts'
import { isPresent } from './users.ts'

export type { Overview }

/**
 * Starts the conversation of a buyer with the owner of a subject, or finds it, hidden or not.
 * One for each subject and buyer: its key is unique in the database.
 */
export async function openAboutSubject(
  chat: Chat,
  actor: Actor,
  about: Pick<Subject, 'type' | 'id'>,
): Promise<{ overview: Overview; created: boolean }> {
  const subject = await findSubject(chat.db, about.type, about.id)
  if (!subject?.ownerId || !(await isPresent(chat, subject.ownerId)))
    throw new ChatError('not_found', `There is no such ${about.type}.`)
  if (subject.ownerId === actor.userId) {
    throw new ChatError('invalid', `You cannot write to yourself about your own ${about.type}.`)
  }
  const memberIds = [actor.userId, subject.ownerId]
  const uniqueKey = JSON.stringify([about.type, about.id, actor.userId])
  const { id, created } = await change(chat, async (tx) => {
    const conversation = await insertConversation(tx, {
      kind: 'direct',
      uniqueKey,
      subject,
      createdBy: actor.userId,
      memberIds,
    })
    if (conversation) {
      const { id, changeSeq } = conversation
      await emit(tx, { type: 'conversation.created', conversationId: id, conversation }, memberIds, changeSeq)
      return { id, created: true }
    }
    return { id: await reopen(tx, actor, uniqueKey), created: false }
  })
  return { overview: await overviewOf(chat, actor, id), created }
}

async function reopen(tx: Queryable, actor: Actor, uniqueKey: string): Promise<ConversationId> {
  const id = await findConversationByKey(tx, uniqueKey)
  if (id === null) throw new Error('A conversation key is taken, but by no conversation.')
  await accessForChange(tx, actor, id)
  await setVisibility(tx, actor, id, 'conversation.restored')
  return id
}

async function setVisibility(
  tx: Queryable,
  { userId }: Actor,
  conversationId: ConversationId,
  type: 'conversation.hidden' | 'conversation.restored',
): Promise<void> {
  if (!(await setHidden(tx, conversationId, userId, type === 'conversation.hidden'))) return
  await emit(tx, { type, conversationId, userId }, [userId])
  await emit(tx, { type: 'unread.changed', conversationId, userId }, [userId])
}

export async function getConversation(chat: Chat, actor: Actor, id: ConversationId): Promise<Overview> {
  await accessConversation(chat.db, actor, id)
  return overviewOf(chat, actor, id)
}

async function overviewOf(chat: Chat, actor: Actor, id: ConversationId): Promise<Overview> {
  const [overview] = await findOverviews(chat.db, actor.userId, [id])
  if (!overview) throw new ChatError('not_found', 'There is no such conversation.')
  return overview
}

export interface ListQuery {
  unreadOnly: boolean
  limit: number
  before?: { updatedAt: Date; id: ConversationId }
}

/** The caller's conversations that are not hidden, the most recently active first. */
export function listConversations(chat: Chat, actor: Actor, query: ListQuery): Promise<Overview[]> {
  return listOverviews(chat.db, actor.userId, { ...query, reach: actor.reach })
}

/** Hides a conversation from the caller alone, until somebody else writes in it. */
export async function hideConversation(chat: Chat, actor: Actor, id: ConversationId): Promise<void> {
  await change(chat, async (tx) => {
    await accessForChange(tx, actor, id)
    await setVisibility(tx, actor, id, 'conversation.hidden')
  })
}

/** Unread messages in all of the caller's conversations that are not hidden. */
export function totalUnread(chat: Chat, actor: Actor): Promise<number> {
  return countUnread(chat.db, actor.userId, actor.reach)
}
