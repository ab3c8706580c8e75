import type { Socket } from 'socket.io'
import { ChatError } from '../../core/errors.ts'
import type { Authenticated, Authentication } from '../../http/authentication.ts'
import { refusalOf } from '../../http/errors.ts'

interface HandshakeOptions {
  authentication: Authentication
  /** Whether a client without any proof may come in, and say later who it is. */
  trustClientIds: boolean
}

/** Whose a connection is; null for one that is trusted to say so. Throws ChatError. */
export async function authenticateHandshake(
  { authentication, trustClientIds }: HandshakeOptions,
  { auth, query, headers }: Socket['handshake'],
): Promise<Authenticated | null> {
  const token: unknown = auth.token ?? query.token ?? ''
  if (typeof token !== 'string') throw new ChatError('unauthenticated', 'The token must be a string.')
  const caller = await authentication.authenticate(
    token === '' ? headers : { authorization: `Bearer ${token}` },
  )
  if (caller) return caller
  if (token !== '') throw new ChatError('unauthenticated', 'The token is not valid.')
  if (trustClientIds) return null
  throw new ChatError('unauthenticated', 'Sign in first.')
}

/** A `connect_error`, as the official client hands it to its listeners. */
export class HandshakeRefused extends Error {
  readonly data: { code: string }

  constructor(error: Error) {
    const refusal = refusalOf(error)
    super(refusal?.message ?? 'Something went wrong on our side.', { cause: error })
    this.data = { code: refusal?.code ?? 'internal' }
  }
}
