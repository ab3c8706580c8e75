import { disconnect, refusal } from '../errors.ts'
import type { SubscribeDecision } from '../hooks.ts'
import type { Session } from '../sessions/session.ts'
import { TokenExpiredError, TokenInvalidError } from '../tokens/errors.ts'
import type { TokenVerifier } from '../tokens/verifier.ts'

/** What a subscription token permits. An expired one is 109, a false one 103; one made for somebody else closes with 3500. */
export async function verifySubscription(
  tokens: TokenVerifier,
  session: Session,
  { channel, token }: { channel: string; token: string },
): Promise<SubscribeDecision> {
  try {
    const { user, client, channel: permitted, ...decision } = await tokens.subscription(token)
    const isMine = user === session.user && (client === undefined || client === session.client)
    if (!isMine || permitted !== channel) throw disconnect('invalidToken')
    return { ...decision, refresh: 'client' }
  } catch (error) {
    if (error instanceof TokenExpiredError) throw refusal(109)
    if (error instanceof TokenInvalidError) throw refusal(103)
    throw error
  }
}
