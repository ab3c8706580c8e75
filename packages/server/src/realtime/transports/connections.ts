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

/** Ends a connection that hears what it no longer should: the client comes back, and is asked again. */
const MOVED = { code: 4001, reason: 'organisation changed' }

/** Ends what was opened with a session that has ended, or everything of a user. */
export function endConnections(
  event: LoggedEvent,
  chat: Chat,
  centrifuge: Pick<Centrifuge<ConnectionMeta>, 'disconnect'>,
): void {
  if (event.type === 'user.moved') {
    chat.users.forget(event.userId)
    centrifuge.disconnect({ user: event.userId }, MOVED)
  }
  if (event.type !== 'session.ended') return
  const { userId, sessionId } = event
  if (sessionId === null) {
    chat.users.forget(userId)
    centrifuge.disconnect({ user: userId }, UNAUTHORIZED)
    return
  }
  chat.sessions.forget(sessionId)
  centrifuge.disconnect({ user: userId, where: ({ meta }) => meta.sessionId === sessionId }, UNAUTHORIZED)
}
