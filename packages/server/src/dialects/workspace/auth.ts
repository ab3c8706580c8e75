import { ChatError } from '../../core/errors.ts'
import type { Actor, Chat, UserId } from '../../core/types.ts'
import { presentUser } from '../../core/users.ts'
import type { Authenticated, Authentication, Credentials } from '../../http/authentication.ts'

export async function authenticate(
  authentication: Authentication,
  credentials: Credentials,
): Promise<Authenticated> {
  const user = await authentication.authenticate(credentials)
  if (!user) throw new ChatError('unauthenticated', 'Sign in first.')
  return user
}

/** Everything in the caller's organisation, and nothing of another. */
export async function actorOf(chat: Chat, userId: UserId): Promise<Actor> {
  const user = await presentUser(chat, userId)
  if (!user) throw new ChatError('unauthenticated', 'This user no longer exists.')
  return { userId, reach: { org: user.orgId ?? '' } }
}
