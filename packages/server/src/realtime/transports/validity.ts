import { isSessionOpen } from '../../core/sessions.ts'
import type { Chat } from '../../core/types.ts'
import { isPresent } from '../../core/users.ts'
import type { Authenticated } from '../../http/authentication.ts'

/** Whether what a connection was opened with is still good. */
export function isSignedIn(chat: Chat, { userId, session }: Authenticated): Promise<boolean> {
  return session ? isSessionOpen(chat, session.id) : isPresent(chat, userId)
}
