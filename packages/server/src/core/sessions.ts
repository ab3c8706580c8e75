import { createHash, randomBytes } from 'node:crypto'
import { deleteSession, findSession, insertSession } from '../db/sessions.ts'
import { change } from './change.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import type { Chat, Session, UserId } from './types.ts'

export interface OpenedSession {
  /** The cookie's value; only its hash is kept. */
  session: string
  /** Bound to this session; echoed by the client with each change. */
  csrfToken: string
  expiresAt: Date
}

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

const newToken = () => randomBytes(32).toString('base64url')

/** Opens a session for a user whom the host application has authenticated. */
export async function openSession(chat: Chat, userId: UserId, ttlSeconds: number): Promise<OpenedSession> {
  const session = newToken()
  const csrfToken = newToken()
  const expiresAt = new Date(Date.now() + ttlSeconds * 1000)
  const opened = await insertSession(chat.db, hashToken(session), {
    userId,
    csrfHash: hashToken(csrfToken),
    expiresAt,
  })
  if (!opened) throw new ChatError('not_found', 'There is no such user.', 'userId')
  return { session, csrfToken, expiresAt }
}

/** Null for a value that opens nothing, or no longer. */
export function readSession(chat: Chat, session: string): Promise<Session | null> {
  return findOpen(chat, hashToken(session))
}

/** The same for a session's id. */
export async function isSessionOpen(chat: Chat, id: string): Promise<boolean> {
  return (await findOpen(chat, Buffer.from(id, 'hex'))) !== null
}

async function findOpen(chat: Chat, hash: Buffer): Promise<Session | null> {
  const id = hash.toString('hex')
  const found = await chat.sessions.read(id, async () => {
    const row = await findSession(chat.db, hash)
    return row && { ...row, id }
  })
  return found && found.expiresAt.getTime() > Date.now() ? found : null
}

/** Ends a session everywhere, its live connections included. False where there was none. */
export async function endSession(chat: Chat, session: string): Promise<boolean> {
  const hash = hashToken(session)
  const sessionId = hash.toString('hex')
  const ended = await change(chat, async (tx) => {
    const userId = await deleteSession(tx, hash)
    if (userId === null) return false
    await emit(tx, { type: 'session.ended', conversationId: null, userId, sessionId }, [userId])
    return true
  })
  chat.sessions.forget(sessionId)
  return ended
}
