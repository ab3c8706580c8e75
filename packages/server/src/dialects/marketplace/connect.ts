import { ClientError, Disconnect, type ConnectCall, type Hooks, type RefreshCall } from '@parley/centrifuge'
import { connectResponse } from '@parley/wire/marketplace'
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import { ChatError } from '../../core/errors.ts'
import { isSessionOpen } from '../../core/sessions.ts'
import type { Chat, UserId } from '../../core/types.ts'
import { isPresent } from '../../core/users.ts'
import type { Authentication, Credentials } from '../../http/authentication.ts'
import { TokenExpired } from '../../identity.ts'
import { TOKEN_EXPIRED, UNAUTHORIZED } from '../../realtime/transports/connections.ts'
import type { ConnectionHooks, ConnectionMeta } from '../../realtime/transports/connections.ts'
import { authenticate } from './auth.ts'
import { personalChannel } from './events.ts'

export interface CentrifugoHookOptions {
  authentication: Authentication
  chat: Chat
  log: Pick<FastifyBaseLogger, 'debug'>
  /** Ends a connection for good. */
  end: (client: string) => void
}

/** What the embedded Centrifugo server asks. */
export function centrifugoHooks({
  authentication,
  chat,
  log,
  end,
}: CentrifugoHookOptions): ConnectionHooks & Pick<Hooks<ConnectionMeta>, 'connected'> {
  /** The client learns no more than that it is refused. */
  function refused(error: unknown): never {
    if (!isRefusal(error)) throw error
    log.debug({ reason: error.message }, 'connection refused')
    throw new Disconnect(UNAUTHORIZED.code, UNAUTHORIZED.reason)
  }

  return {
    connect: (call) => connectByEither(authentication, call).catch(refused),
    refresh: (call) => refresh(authentication, call).catch(refused),
    async connected({ user, client, meta }) {
      // A session that ended while its client was connecting was not there to be closed.
      if (!(await isSignedIn(chat, user, meta))) end(client)
    },
  }
}

/** Who brought a token can bring another one; a session ends when it ends. */
async function connectByEither(authentication: Authentication, { token, headers }: ConnectCall) {
  try {
    if (!token) return await connect(authentication, headers)
    return { ...(await connect(authentication, bearing(token))), refresh: 'client' as const }
  } catch (error) {
    if (token && error instanceof TokenExpired) throw new ClientError(TOKEN_EXPIRED, 'token expired')
    throw error
  }
}

/** Null, upon which the client comes back with yet another token, for one that has expired meanwhile. */
async function refresh(authentication: Authentication, { user, token }: RefreshCall<ConnectionMeta>) {
  if (token === undefined) return null
  try {
    const refreshed = await connect(authentication, bearing(token))
    if (refreshed.user !== user) throw new ChatError('unauthenticated', 'The token is of another user.')
    return { expireAt: refreshed.expireAt }
  } catch (error) {
    if (error instanceof TokenExpired) return null
    throw error
  }
}

const bearing = (token: string): Credentials => ({ authorization: `Bearer ${token}` })

/** Who connects and what they hear. One function for both Centrifugos. */
async function connect(authentication: Authentication, credentials: Credentials) {
  const { userId, expiresAt, session } = await authenticate(authentication, credentials)
  return {
    user: userId,
    channels: [personalChannel(userId)],
    expireAt: expiresAt ? Math.ceil(expiresAt.getTime() / 1000) : undefined,
    meta: { sessionId: session?.id ?? null },
  }
}

const isRefusal = (error: unknown): error is ChatError =>
  error instanceof ChatError && error.code === 'unauthenticated'

/** Whether what a connection was opened with is still good. */
function isSignedIn(chat: Chat, userId: UserId, { sessionId }: ConnectionMeta): Promise<boolean> {
  return sessionId === null ? isPresent(chat, userId) : isSessionOpen(chat, sessionId)
}

/** `POST /api/centrifugo/connect`: a real Centrifugo asks it with the client's cookies, in its proxy format. */
export const connectProxy: FastifyPluginAsync<{ authentication: Authentication }> = async (app, options) => {
  const schema = { summary: 'Answer the connect proxy of a Centrifugo', response: { 200: connectResponse } }
  app.post('/api/centrifugo/connect', { schema }, async ({ headers }) => {
    try {
      const { user, channels } = await connect(options.authentication, headers)
      return { result: { user, channels } }
    } catch (error) {
      if (isRefusal(error)) return { disconnect: UNAUTHORIZED }
      throw error
    }
  })
}
