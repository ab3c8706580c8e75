import { Disconnect } from '@parley/centrifuge'
import { connectResponse } from '@parley/wire/marketplace'
import type { FastifyPluginAsync } from 'fastify'
import { ChatError } from '../../core/errors.ts'
import { isSessionOpen } from '../../core/sessions.ts'
import type { Chat, UserId } from '../../core/types.ts'
import { isPresent } from '../../core/users.ts'
import type { Authentication, Credentials } from '../../http/authentication.ts'
import { authenticate } from './auth.ts'
import { personalChannel } from './events.ts'

/** Ends a connection for good: the client must sign in again before it comes back. */
export const UNAUTHORIZED = { code: 4501, reason: 'unauthorized' }

interface Connected {
  user: string
  channels: string[]
  /** Unix seconds. */
  expireAt: number | undefined
  meta: ConnectionMeta
}

export interface ConnectionMeta {
  sessionId: string | null
}

/** Who connects and what they hear; null where the credentials are no good. One function for both Centrifugos. */
async function connect(authentication: Authentication, credentials: Credentials): Promise<Connected | null> {
  const user = await authenticate(authentication, credentials).catch((error: unknown) => {
    if (error instanceof ChatError && error.code === 'unauthenticated') return null
    throw error
  })
  return (
    user && {
      user: user.userId,
      channels: [personalChannel(user.userId)],
      expireAt: user.expiresAt ? Math.ceil(user.expiresAt.getTime() / 1000) : undefined,
      meta: { sessionId: user.session?.id ?? null },
    }
  )
}

/** The connect hook of the embedded Centrifugo server. */
export async function connectOrRefuse(
  authentication: Authentication,
  credentials: Credentials,
): Promise<Connected> {
  const connected = await connect(authentication, credentials)
  if (!connected) throw new Disconnect(UNAUTHORIZED.code, UNAUTHORIZED.reason)
  return connected
}

/** Whether what a connection was opened with is still good. */
export function isSignedIn(chat: Chat, userId: UserId, { sessionId }: ConnectionMeta): Promise<boolean> {
  return sessionId === null ? isPresent(chat, userId) : isSessionOpen(chat, sessionId)
}

/** `POST /api/centrifugo/connect`: a real Centrifugo asks it with the client's cookies, in its proxy format. */
export const connectProxy: FastifyPluginAsync<{ authentication: Authentication }> = async (app, options) => {
  const schema = { summary: 'Answer the connect proxy of a Centrifugo', response: { 200: connectResponse } }
  app.post('/api/centrifugo/connect', { schema }, async ({ headers }) => {
    const connected = await connect(options.authentication, headers)
    return connected
      ? { result: { user: connected.user, channels: connected.channels } }
      : { disconnect: UNAUTHORIZED }
  })
}
