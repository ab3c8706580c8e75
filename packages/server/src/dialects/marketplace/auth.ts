import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Authenticated, Authentication, Credentials } from '../../http/authentication.ts'
import { readCookie } from '../../http/cookies.ts'
import { ChatError } from '../../core/errors.ts'
import { hashToken } from '../../core/sessions.ts'
import type { Actor, Reach } from '../../core/types.ts'

/** What the document can represent: two people and a product. */
export const REACH = { kind: 'direct', subjectType: 'product' } as const satisfies Reach

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

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A change made with a cookie must echo the token of that cookie's session, which a foreign page cannot read. */
export function checkCsrf(request: FastifyRequest, { session }: Authenticated): void {
  if (!session || SAFE_METHODS.has(request.method)) return
  const token = request.headers['x-csrf-token']
  const cookie = readCookie(request.headers.cookie, 'CSRF_TOKEN')
  const matches =
    typeof token === 'string' &&
    timingSafeEqual(hashToken(token), session.csrfHash) &&
    (cookie === undefined || cookie === token)
  if (!matches) throw new ChatError('forbidden', 'The X-CSRF-TOKEN header is missing or wrong.')
}
