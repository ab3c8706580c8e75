import type { ConversationId, Message, MessageId } from '../../core/types.ts'

/** Places that a connection may have at once; the oldest one goes first. */
const MOST_PLACES = 500

/** Which messages to read: below a message, or so many below the newest one. */
type Start = { before: MessageId } | { offset: number }

/** How far back a connection has come in its conversations. */
export interface Places {
  /** The offset that was given last goes on exactly below what was given; any other counts from the newest message. */
  startAt(id: ConversationId, offset: number): Start
  /** Returns the offset for the next fetch. */
  remember(id: ConversationId, offset: number, given: Message[]): number
  forget(id: ConversationId): void
}

export function createPlaces(): Places {
  const places = new Map<ConversationId, { offset: number; oldest: MessageId }>()
  return {
    startAt(id, offset) {
      const place = places.get(id)
      return place?.offset === offset ? { before: place.oldest } : { offset }
    },
    remember(id, offset, given) {
      const next = offset + given.length
      const [oldest] = given
      if (!oldest) return next
      places.delete(id)
      places.set(id, { offset: next, oldest: oldest.id })
      const [first] = places.keys()
      if (places.size > MOST_PLACES && first !== undefined) places.delete(first)
      return next
    },
    forget: (id) => void places.delete(id),
  }
}
