import { hash, randomBytes } from 'node:crypto'
import { deleteSession, findSessions, insertSession } from '../db/sessions.ts'
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

export const hashToken = (token: string): Buffer => hash('sha256', token, 'buffer')

/** By which a session is known without its value. */
const idOf = (session: string): string => hash('sha256', session, 'hex')

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
  return findOpen(chat, idOf(session))
}

/** The same for a session's id. */
export async function isSessionOpen(chat: Chat, id: string): Promise<boolean> {
  return (await findOpen(chat, id)) !== null
}

async function findOpen(chat: Chat, id: string): Promise<Session | null> {
  const found = await chat.sessions.read(id, (ids) => findByIds(chat, ids))
  return found && found.expiresAt.getTime() > Date.now() ? found : null
}

async function findByIds({ db }: Chat, ids: string[]): Promise<Map<string, Session>> {
  const hashes = ids.map((id) => Buffer.from(id, 'hex'))
  const sessions = (await findSessions(db, hashes)).map((row) => ({ ...row, id: row.id.toString('hex') }))
  return new Map(sessions.map((session) => [session.id, session]))
}

/** Ends a session everywhere, its live connections included. False where there was none. */
export async function endSession(chat: Chat, session: string): Promise<boolean> {
  const sessionId = idOf(session)
  const ended = await change(chat, async (tx) => {
    const userId = await deleteSession(tx, hashToken(session))
    if (userId === null) return false
    await emit(tx, { type: 'session.ended', conversationId: null, userId, sessionId }, [userId])
    return true
  })
  chat.sessions.forget(sessionId)
  return ended
}
