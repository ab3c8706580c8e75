import type { ConversationId, Message, MessageId } from '../../core/types.ts'
import type { SocketSession } from '../../realtime/transports/socketio-vocabulary.ts'
import { roomId } from './views.ts'

/** Who has joined a conversation hears of its messages here. */
export const roomOf = (id: ConversationId) => `direct-${roomId(id)}`

/** Taken until the room is entered, so that there is a place for it among those that a connection may be in. */
const seatFor = (id: ConversationId) => `direct-seat-${roomId(id)}`

interface Arrival {
  session: SocketSession
  /** The newest message of the history that was given; null while it is being read. */
  newest: MessageId | null
  /** What was delivered meanwhile. */
  held: Message[]
}

export interface Admissions {
  /** `give` reads the history and gives it to the client; it returns the newest message of it, 0 where there is none. */
  join(session: SocketSession, id: ConversationId, give: () => Promise<MessageId>): Promise<void>
  /** Before a message is told to those in the room. */
  admit(message: Message): void
}

/**
 * Lets connections into rooms so that each hears of every message once: in the history that it was given, or after it.
 * Events may come later than a history that has their messages already, so a connection enters with the first message
 * that its history does not have; from then on, all are newer.
 */
export function createAdmissions(tell: (session: SocketSession, message: Message) => void): Admissions {
  const arrivals = new Map<ConversationId, Map<SocketSession, Arrival>>()
  const seats = new WeakMap<SocketSession, Set<ConversationId>>()

  function seatsOf(session: SocketSession): Set<ConversationId> {
    const known = seats.get(session)
    if (known) return known
    const taken = new Set<ConversationId>()
    seats.set(session, taken)
    session.onClose(() => taken.forEach((id) => forget(session, id)))
    return taken
  }

  function forget(session: SocketSession, id: ConversationId): void {
    seatsOf(session).delete(id)
    const waiting = arrivals.get(id)
    waiting?.delete(session)
    if (waiting?.size === 0) arrivals.delete(id)
  }

  function enter(session: SocketSession, id: ConversationId): void {
    forget(session, id)
    session.leave(seatFor(id))
    session.join(roomOf(id))
  }

  function begin(session: SocketSession, id: ConversationId): Arrival {
    session.leave(roomOf(id))
    session.join(seatFor(id))
    seatsOf(session).add(id)
    const arrival: Arrival = { session, newest: null, held: [] }
    const waiting = arrivals.get(id)
    if (waiting) waiting.set(session, arrival)
    else arrivals.set(id, new Map([[session, arrival]]))
    return arrival
  }

  return {
    async join(session, id, give) {
      const arrival = begin(session, id)
      try {
        const newest = await give()
        arrival.newest = newest
        const missed = arrival.held.filter((message) => message.id > newest)
        for (const message of missed) tell(session, message)
        if (missed.length > 0) enter(session, id)
      } catch (error) {
        forget(session, id)
        session.leave(seatFor(id))
        throw error
      }
    },
    admit(message) {
      for (const { session, newest, held } of arrivals.get(message.conversationId)?.values() ?? []) {
        if (newest === null) held.push(message)
        else if (message.id > newest) enter(session, message.conversationId)
      }
    },
  }
}
