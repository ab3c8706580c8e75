import { ClientError, disconnect } from '../errors.ts'
import type { Refreshed } from '../hooks.ts'
import { infoOf, type Node } from '../node.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { hasPassed, lifetime, renew } from '../sessions/expiry.ts'
import { reply } from '../sessions/send.ts'
import { isClosed, type Session } from '../sessions/session.ts'
import type { TokenVerifier } from '../tokens/verifier.ts'
import { tokenChannels, verifyToken } from './connection-token.ts'

/** The new token of a client whose connection is its own to refresh. */
export async function refresh(node: Node, session: Session, command: CommandOf<'refresh'>): Promise<void> {
  const { token } = command.request
  if (!session.isClientRefreshed || token === '') throw disconnect('badRequest')
  const { connectionTokens, hooks } = node
  const refreshed =
    session.tokenChannels && connectionTokens
      ? await verifyNext(session, connectionTokens, token)
      : await hooks.refresh?.({ ...infoOf(session), token })
  if (isClosed(session)) return
  if (!refreshed || hasPassed(refreshed.expireAt)) throw disconnect('expired')
  renew(node, session, refreshed)
  reply(node, session, { id: command.id, method: 'refresh', result: { ttl: lifetime(refreshed.expireAt) } })
}

/** It must be the same user's; other channels than before mean a new connection. */
async function verifyNext(session: Session, tokens: TokenVerifier, token: string): Promise<Refreshed | null> {
  try {
    const verified = await verifyToken(tokens, token)
    if (verified.user !== session.user) throw disconnect('invalidToken')
    if (tokenChannels(verified).join('\n') !== session.tokenChannels?.join('\n'))
      throw disconnect('insufficientState')
    return verified
  } catch (error) {
    if (error instanceof ClientError) return null
    throw error
  }
}
