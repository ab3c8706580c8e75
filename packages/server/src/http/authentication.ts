import { readCookie } from './cookies.ts'
import { readSession } from '../core/sessions.ts'
import type { Chat, Session, UserId } from '../core/types.ts'
import { isPresent } from '../core/users.ts'
import { ChatError } from '../core/errors.ts'
import { bearer } from '../identity.ts'
import type { Identity } from '../identity.ts'

export interface Authenticated {
  userId: UserId
  /** Null where a token was the proof: it comes with no cookie, and needs no protection against forged requests. */
  session: Session | null
  expiresAt: Date | null
}

export interface Credentials {
  authorization?: string | undefined
  cookie?: string | undefined
}

export interface Authentication {
  /** Null without credentials; throws `unauthenticated` for credentials that prove nothing. */
  authenticate(credentials: Credentials): Promise<Authenticated | null>
}

export function createAuthentication(options: {
  chat: Chat
  identity: Identity
  sessionCookie: string
}): Authentication {
  const { chat, identity, sessionCookie } = options

  async function bySession(cookie: string): Promise<Authenticated> {
    const session = await readSession(chat, cookie)
    if (!session) throw new ChatError('unauthenticated', 'Your session has ended.')
    return { userId: session.userId, session, expiresAt: session.expiresAt }
  }

  async function byToken(token: string): Promise<Authenticated> {
    const { userId, expiresAt } = await identity.verifyToken(token)
    if (!(await isPresent(chat, userId))) {
      throw new ChatError('unauthenticated', 'The token names no known user.')
    }
    return { userId, session: null, expiresAt: expiresAt === undefined ? null : new Date(expiresAt * 1000) }
  }

  return {
    async authenticate({ authorization, cookie }) {
      const token = bearer({ authorization })
      if (token !== undefined) return byToken(token)
      const session = readCookie(cookie, sessionCookie)
      return session === undefined ? null : bySession(session)
    },
  }
}
