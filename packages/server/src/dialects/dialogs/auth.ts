import { callerClaim } from '@parley/wire/dialogs-requests'
import { ChatError } from '../../core/errors.ts'
import type { Actor, Chat, Reach, UserId } from '../../core/types.ts'
import { meetUser } from '../../core/users.ts'
import type { Authenticated, Authentication, Credentials } from '../../http/authentication.ts'
import { parseInput } from '../../http/schemas.ts'

/** A dialog is any conversation about something. */
export const REACH: Reach = { subjectTypes: ['*'] }

export interface IdentityOptions {
  chat: Chat
  authentication: Authentication
  /** Whether a client without any proof is whoever it says it is. */
  trustClientIds: boolean
}

/** Whose a request is. Who it says it is must be whom it proves to be. Throws ChatError. */
export async function identify(
  { chat, authentication, trustClientIds }: IdentityOptions,
  credentials: Credentials,
  claimed: UserId | undefined,
): Promise<Authenticated> {
  const caller = await authentication.authenticate(credentials)
  if (caller && claimed !== undefined && claimed !== caller.userId)
    throw new ChatError('forbidden', 'You are signed in as somebody else.')
  if (caller) return caller
  if (claimed === undefined) throw new ChatError('invalid', 'user_id is missing.')
  if (!trustClientIds) throw new ChatError('unauthenticated', 'Sign in first.')
  await meetUser(chat, claimed)
  return { userId: claimed, session: null, expiresAt: null }
}

export const actorOf = ({ userId }: Pick<Authenticated, 'userId'>): Actor => ({ userId, reach: REACH })

/** Who the caller of a request says to be. Throws InvalidInput. */
export function claimedIn(query: unknown): UserId | undefined {
  const { user_id, sender_id } = parseInput(callerClaim, query)
  return user_id ?? sender_id
}
