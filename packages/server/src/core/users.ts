import { eraseMessages, eraseProfile, eraseReactions, unlinkMessages } from '../db/erasure.ts'
import type { Disposed } from '../db/erasure.ts'
import type { Queryable } from '../db/database.ts'
import { deleteSessionsOf } from '../db/sessions.ts'
import { findUser, findUsers, insertUser, upsertUser } from '../db/users.ts'
import type { UserProfile } from '../db/users.ts'
import { change } from './change.ts'
import { leaveGroups } from './departure.ts'
import { eraseFromDialogs } from './dialog-notices.ts'
import { discardBlobs } from './doomed-blobs.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import type { Chat, User, UserId } from './types.ts'

export async function putUser(chat: Chat, profile: UserProfile): Promise<User & { created: boolean }> {
  const { user, created } = await change(chat, async (tx) => {
    const upserted = await upsertUser(tx, profile)
    const { id: userId } = profile
    if (upserted.moved) await emit(tx, { type: 'user.moved', conversationId: null, userId }, [userId])
    return upserted
  })
  chat.users.forget(profile.id)
  return { ...user, created }
}

/** Somebody whom the host application need not know: called by the id until it says more. */
export async function meetUser(chat: Chat, id: UserId): Promise<void> {
  if (await isPresent(chat, id)) return
  await insertUser(chat.db, id, id)
  chat.users.forget(id)
  if (!(await isPresent(chat, id))) throw new ChatError('not_found', 'There is no such user.')
}

export async function getUser(chat: Chat, id: UserId): Promise<User> {
  const user = await findUser(chat.db, id)
  if (!user) throw new ChatError('not_found', 'There is no such user.')
  return user
}

/** Whether a token that names this user is worth anything. */
export async function isPresent(chat: Chat, id: UserId): Promise<boolean> {
  return (await presentUser(chat, id)) !== null
}

/** Somebody who is not erased, as of a few seconds ago at most. */
export async function presentUser(chat: Chat, id: UserId): Promise<User | null> {
  const user = await chat.users.read(id, async (ids) => {
    const users = await findUsers(chat.db, ids)
    return new Map(users.map((one) => [one.id, one]))
  })
  return user?.erasedAt === null ? user : null
}

/** Empty for who belongs to none. */
export async function organisationOf(chat: Chat, id: UserId): Promise<string> {
  return (await presentUser(chat, id))?.orgId ?? ''
}

/** What becomes of an erased user's messages: they stay, lose their author, or lose their content. */
export type MessageFate = 'keep' | 'unlink' | 'delete'

export interface Erasure {
  sessions: number
  messages: number
  attachments: number
}

/**
 * Erases a user: the profile goes, sessions end, groups go on without, messages meet their fate. Doing it again finds
 * what is left to do.
 */
export async function eraseUser(chat: Chat, userId: UserId, fate: MessageFate): Promise<Erasure> {
  // Two transactions: who sends holds a conversation and asks for the user's row, so nobody may hold that row and ask
  // for conversations. Once the first has committed, no message can follow that the second would miss.
  const sessionIds = await leave(chat, userId)
  await leaveGroups(chat, userId)
  await change(chat, (tx) => eraseFromDialogs(tx, userId))
  const { messages, blobs } = await change(chat, (tx) => dispose(tx, userId, fate))
  await discardBlobs(chat, blobs)
  return { sessions: sessionIds.length, messages, attachments: blobs.length }
}

async function leave(chat: Chat, userId: UserId): Promise<string[]> {
  const sessionIds = await change(chat, async (tx) => {
    if (!(await eraseProfile(tx, userId))) throw new ChatError('not_found', 'There is no such user.')
    return endSessionsOf(tx, userId)
  })
  sessionIds.forEach(chat.sessions.forget)
  chat.users.forget(userId)
  return sessionIds
}

async function dispose(tx: Queryable, userId: UserId, fate: MessageFate): Promise<Disposed> {
  switch (fate) {
    case 'keep':
      return { messages: 0, blobs: [] }
    case 'unlink':
      await eraseReactions(tx, userId)
      return unlinkMessages(tx, userId)
    case 'delete':
      await eraseReactions(tx, userId)
      return eraseMessages(tx, userId)
  }
}

async function endSessionsOf(tx: Queryable, userId: UserId): Promise<string[]> {
  const ids = (await deleteSessionsOf(tx, userId)).map((id) => id.toString('hex'))
  for (const sessionId of [...ids, null]) {
    await emit(tx, { type: 'session.ended', conversationId: null, userId, sessionId }, [userId])
  }
  return ids
}
