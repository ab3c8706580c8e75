import { disconnect, refusal } from '../errors.ts'
import type { Credentials } from '../hooks.ts'
import type { Node } from '../node.ts'
import type { TokenVerifier } from '../tokens/verifier.ts'
import { TokenExpiredError, TokenInvalidError } from '../tokens/errors.ts'

/** Who a connection token says it is. An expired one can be replaced (109), any other fault ends it (3500). */
export async function verifyConnection(
  node: Node,
  tokens: TokenVerifier,
  token: string,
): Promise<Credentials> {
  try {
    const verified = await tokens.connection(token)
    if (verified.user === '' && !node.settings.allowAnonymous) throw disconnect('permissionDenied')
    return { ...verified, refresh: 'client' }
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
