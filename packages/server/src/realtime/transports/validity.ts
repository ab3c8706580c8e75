import { isSessionOpen } from '../../core/sessions.ts'
import type { Chat } from '../../core/types.ts'
import { isPresent } from '../../core/users.ts'
import type { Authenticated } from '../../http/authentication.ts'

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Whether what a connection was opened with is still good. */
export function isSignedIn(chat: Chat, { userId, session }: Authenticated): Promise<boolean> {
  return session ? isSessionOpen(chat, session.id) : isPresent(chat, userId)
}

/** Returns what calls it off. */
export function closeAt(time: Date, close: () => void): () => void {
  let timer: NodeJS.Timeout
  function wait(): void {
    const left = time.getTime() - Date.now()
    if (left > 0) timer = setTimeout(wait, Math.min(left, LONGEST_TIMER_MS))
    else close()
  }
  wait()
  return () => clearTimeout(timer)
}
