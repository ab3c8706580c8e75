import type { Audience, ChatEvent } from '../core/events.ts'
import type { ConversationId, UserId } from '../core/types.ts'

/** Of what a session hears: what concerns a user, an organisation or a conversation, or a user's status. */
export type Topic =
  { user: UserId } | { org: string } | { conversation: ConversationId } | { statusOf: UserId }

/** Where events go: a live connection, or several that share a channel. */
interface Session {
  topics: Topic[]
  deliver(event: ChatEvent): void
}

export interface Hub {
  add(session: Session): () => void
  deliver(event: ChatEvent, audience: Audience): void
  /** Of named users, those who have a session; thousands may be in a conversation, and few of them here. */
  here(audience: Audience): Audience
}

export interface HubOptions {
  /** A user's first session came, or the last one went. */
  onPresence: (userId: UserId, online: boolean) => void
  /** The same of those who hear of a user's status. */
  onWatched?: (userId: UserId, watched: boolean) => void
}

/** Delivers events to the sessions of this process. */
export function createHub({ onPresence, onWatched }: HubOptions): Hub {
  const users = createRegister<UserId>(onPresence)
  const watchers = createRegister<UserId>(onWatched)
  const orgs = createRegister<string>()
  const conversations = createRegister<ConversationId>()

  function join(topic: Topic, session: Session): () => void {
    if ('user' in topic) return users.add(topic.user, session)
    if ('org' in topic) return orgs.add(topic.org, session)
    if ('conversation' in topic) return conversations.add(topic.conversation, session)
    return watchers.add(topic.statusOf, session)
  }

  return {
    add(session) {
      const leave = session.topics.map((topic) => join(topic, session))
      return () => leave.forEach((part) => part())
    },
    deliver(event, audience) {
      // All who look at a conversation are told at once, its users one by one.
      if (event.type === 'status') watchers.tell(event.userId, event)
      else if ('conversationId' in event && event.conversationId !== null)
        conversations.tell(event.conversationId, event)
      if (!Array.isArray(audience)) orgs.tell(audience.org, event)
      else for (const userId of audience) users.tell(userId, event)
    },
    here: (audience) => (Array.isArray(audience) ? audience.filter(users.has) : audience),
  }
}

/** Sessions by what they hear of. */
function createRegister<Key>(onChange?: (key: Key, present: boolean) => void) {
  const sessions = new Map<Key, Set<Session>>()

  function remove(key: Key, session: Session): void {
    const others = sessions.get(key)
    if (!others?.delete(session) || others.size > 0) return
    sessions.delete(key)
    onChange?.(key, false)
  }

  return {
    add(key: Key, session: Session): () => void {
      const others = sessions.get(key)
      if (others) others.add(session)
      else sessions.set(key, new Set([session]))
      if (!others) onChange?.(key, true)
      return () => remove(key, session)
    },
    has: (key: Key) => sessions.has(key),
    tell(key: Key, event: ChatEvent): void {
      sessions.get(key)?.forEach((session) => session.deliver(event))
    },
  }
}
