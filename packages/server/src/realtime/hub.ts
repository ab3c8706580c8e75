import type { Audience, ChatEvent } from '../core/events.ts'
import type { UserId } from '../core/types.ts'

/** Where one user's events go: a live connection, or several that share a channel. */
interface Session {
  userId: UserId
  deliver(event: ChatEvent): void
}

export interface Hub {
  add(session: Session): () => void
  deliver(event: ChatEvent, audience: Audience): void
}

export interface HubOptions {
  /** A user's first session came, or the last one went. */
  onPresence: (userId: UserId, online: boolean) => void
}

/** Delivers events to the sessions of this process. */
export function createHub({ onPresence }: HubOptions): Hub {
  const sessions = new Map<UserId, Set<Session>>()

  function remove(session: Session): void {
    const own = sessions.get(session.userId)
    if (!own?.delete(session) || own.size > 0) return
    sessions.delete(session.userId)
    onPresence(session.userId, false)
  }

  return {
    add(session) {
      const own = sessions.get(session.userId)
      if (own) own.add(session)
      else sessions.set(session.userId, new Set([session]))
      if (!own) onPresence(session.userId, true)
      return () => remove(session)
    },
    deliver(event, audience) {
      // Organisations come with the first dialect that has them.
      if (!Array.isArray(audience)) return
      for (const userId of audience) sessions.get(userId)?.forEach((session) => session.deliver(event))
    },
  }
}
