import { ClientError, Disconnect } from '@parley/centrifuge'
import type { ConnectCall, RefreshCall } from '@parley/centrifuge'
import { errors } from 'jose'
import { isSessionOpen } from '../../core/sessions.ts'
import type { Chat, User, UserId } from '../../core/types.ts'
import { presentUser } from '../../core/users.ts'
import { TOKEN_EXPIRED, UNAUTHORIZED } from '../../realtime/transports/connections.ts'
import type { ConnectionHooks, ConnectionMeta } from '../../realtime/transports/connections.ts'
import { orgChannel, userChannel } from './channels.ts'
import type { Tokens } from './tokens.ts'

/** The official client does not come back with a token that is false. */
const INVALID_TOKEN = { code: 3500, reason: 'invalid token' }

/** Connections that were opened with a token of `/realtime/token`. */
export function connectHooks({ chat, tokens }: { chat: Chat; tokens: Tokens }): ConnectionHooks {
  return {
    connect: ({ token }) => connect(chat, tokens, token),
    refresh: (call) => refresh(chat, tokens, call),
  }
}

async function connect(chat: Chat, tokens: Tokens, token: ConnectCall['token']) {
  const { sub, exp, sessionId } = await verify(tokens, token)
  const user = await signedIn(chat, sub, sessionId)
  if (!user) throw new Disconnect(UNAUTHORIZED.code, UNAUTHORIZED.reason)
  return {
    user: user.id,
    channels: [userChannel(user.id), orgChannel(user.orgId ?? '')],
    expireAt: exp,
    refresh: 'client' as const,
    meta: { sessionId },
  }
}

/** Null, upon which the client comes back with yet another token, for one that has expired meanwhile. */
async function refresh(chat: Chat, tokens: Tokens, { user, token = '' }: RefreshCall<ConnectionMeta>) {
  try {
    const { sub, exp, sessionId } = await verify(tokens, token)
    if (sub === user && (await signedIn(chat, user, sessionId))) return { expireAt: exp }
  } catch (error) {
    if (error instanceof ClientError) return null
    throw error
  }
  throw new Disconnect(UNAUTHORIZED.code, UNAUTHORIZED.reason)
}

/** A token is worth no more than the session that it was asked for with. */
async function signedIn(chat: Chat, userId: UserId, sessionId: string | null): Promise<User | null> {
  return sessionId === null || (await isSessionOpen(chat, sessionId)) ? presentUser(chat, userId) : null
}

async function verify(tokens: Tokens, token: string) {
  try {
    return await tokens.verifyConnection(token)
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new ClientError(TOKEN_EXPIRED, 'token expired')
    throw new Disconnect(INVALID_TOKEN.code, INVALID_TOKEN.reason)
  }
}
