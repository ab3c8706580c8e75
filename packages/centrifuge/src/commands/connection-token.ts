import { disconnect, refusal } from '../errors.ts'
import type { Credentials } from '../hooks.ts'
import type { Node } from '../node.ts'
import type { TokenVerifier } from '../tokens/verifier.ts'
import { TokenExpiredError, TokenInvalidError } from '../tokens/errors.ts'

/** Who a connection token says connects; somebody it does not name may not be welcome (3507). */
export async function verifyConnection(
  node: Node,
  tokens: TokenVerifier,
  token: string,
): Promise<Credentials> {
  const verified = await verifyToken(tokens, token)
  if (verified.user === '' && !node.settings.allowAnonymous) throw disconnect('permissionDenied')
  return verified
}

/** An expired token can be replaced (109), any other fault ends the connection (3500). */
export async function verifyToken(tokens: TokenVerifier, token: string): Promise<Credentials> {
  try {
    return { ...(await tokens.connection(token)), refresh: 'client' }
  } catch (error) {
    if (error instanceof TokenExpiredError) throw refusal(109)
    if (error instanceof TokenInvalidError) throw disconnect('invalidToken')
    throw error
  }
}

/** What a connection's next token must not change. */
export function tokenChannels({ channels = [], subs = {} }: Credentials): string[] {
  return [...new Set([...channels, ...Object.keys(subs)])].toSorted()
}
