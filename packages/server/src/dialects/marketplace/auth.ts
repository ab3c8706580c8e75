import type { Authenticated, Authentication, Credentials } from '../../http/authentication.ts'
import { ChatError } from '../../core/errors.ts'
import type { Actor, Reach } from '../../core/types.ts'

/** What the document can represent: two people and a product. */
export const REACH: Reach = { kinds: ['direct'], subjectTypes: ['product'] }

/** The document's user ids are numbers; nobody else can take part. */
export function isNumericId(text: string): boolean {
  return /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text))
}

export async function authenticate(
  authentication: Authentication,
  credentials: Credentials,
): Promise<Authenticated> {
  const user = await authentication.authenticate(credentials)
  if (!user) throw new ChatError('unauthenticated', 'Sign in first.')
  if (!isNumericId(user.userId)) {
    throw new ChatError('unauthenticated', 'This API serves users with numeric ids only.')
  }
  return user
}

export const actorOf = ({ userId }: Authenticated): Actor => ({ userId, reach: REACH })
