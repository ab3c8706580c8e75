import type { Audience, ChatEvent } from '../../core/events.ts'
import type { UserId } from '../../core/types.ts'

/** One connection, as a vocabulary sees it. */
export interface SocketSession {
  readonly id: string
  /** Null where clients are trusted to name themselves and this one has not done so yet. */
  readonly userId: UserId | null
  /**
   * Whose the connection is. Who a payload says it is must be that very user: throws ChatError `forbidden`, or
   * `unauthenticated` where nobody has been named. Undefined names nobody.
   */
  identify(claimed: UserId | undefined): Promise<UserId>
  /** Throws ChatError where the connection is in too many rooms already, or has closed. */
  join(room: string): void
  leave(room: string): void
  emit(event: string, payload: unknown): void
  /** At once where the connection has closed already. */
  onClose(done: () => void): void
}

/** Deals with one event of a client. What it returns goes into the acknowledgement, beside `success`. */
export type Handler = (session: SocketSession, ...args: unknown[]) => Promise<object | undefined>

/** What clients hear of a failure, in the event `error`; the acknowledgement has the message. */
export interface SpokenRefusal {
  message: string
  code: string
}

/** The event names of a dialect and what they mean; several share the connections. */
export interface Vocabulary {
  handlers: Record<string, Handler>
  /** Of a fault of ours nothing is said but that there was one. */
  refusal(error: unknown, event: string): SpokenRefusal
  /** Tells clients of an event. A promise holds back what follows in this vocabulary. */
  deliver(event: ChatEvent, audience: Audience, rooms: Rooms): void | Promise<void>
}

/** The connections of this process, by what they have joined. */
export interface Rooms {
  /** Nothing need be encoded for a room that nobody is in. */
  has(room: string): boolean
  /** Once to each connection that is in any of them, encoded once; to none of those of `except`. */
  emit(rooms: string[], event: string, payload: unknown, except?: UserId[]): void
  /** Whose connections are in any of them. */
  usersIn(rooms: string[]): Set<UserId>
  /** Takes all connections of a user out of a room. */
  evict(userId: UserId, room: string): void
}
