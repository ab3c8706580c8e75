import type { Centrifuge, Hooks } from '@parley/centrifuge'
import type { LoggedEvent } from '../../core/events.ts'
import type { Chat } from '../../core/types.ts'

/** What is known of a connection beside its user. */
export interface ConnectionMeta {
  /** The session it was opened with; null for a token of its own. */
  sessionId: string | null
}

/** Ends a connection for good: the client must sign in again before it comes back. */
export const UNAUTHORIZED = { code: 4501, reason: 'unauthorized' }

/** Upon this the official client asks its `getToken`, and comes back. */
export const TOKEN_EXPIRED = 109

export type ConnectionHooks = Required<Pick<Hooks<ConnectionMeta>, 'connect' | 'refresh'>>

/** Ends what was opened with a session that has ended, or everything of a user. */
export function endConnections(
  { userId, sessionId }: Extract<LoggedEvent, { type: 'session.ended' }>,
  chat: Chat,
  centrifuge: Centrifuge<ConnectionMeta>,
): void {
  if (sessionId === null) {
    chat.users.forget(userId)
    centrifuge.disconnect({ user: userId }, UNAUTHORIZED)
    return
  }
  chat.sessions.forget(sessionId)
  centrifuge.disconnect({ user: userId, where: ({ meta }) => meta.sessionId === sessionId }, UNAUTHORIZED)
}
