import { ChatError } from '../../core/errors.ts'
import type { Actor, Chat, Reach } from '../../core/types.ts'
import { presentUser } from '../../core/users.ts'
import type { Authenticated, Authentication, Credentials } from '../../http/authentication.ts'

/** What the document can represent, whatever organisation it is of. */
export const REACH: Reach = {
  kinds: ['direct', 'group', 'support'],
  subjectTypes: ['', 'purchase_request'],
}

export async function authenticate(
  authentication: Authentication,
  credentials: Credentials,
): Promise<Authenticated> {
  const user = await authentication.authenticate(credentials)
  if (!user) throw new ChatError('unauthenticated', 'Sign in first.')
  return user
}

export const actorOf = ({ userId }: Pick<Authenticated, 'userId'>): Actor => ({ userId, reach: REACH })

/** Whom the host application has help people, or run the place. */
export async function isStaff(chat: Chat, { userId }: Actor): Promise<boolean> {
  const user = await presentUser(chat, userId)
  return user !== null && user.role !== 'user'
}
