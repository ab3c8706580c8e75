import type { ConversationId, MessageId, UserId } from '../../core/types.ts'
import type { Rooms, SocketSession } from '../../realtime/transports/socketio-vocabulary.ts'

/** Who sees a chat only from what followed a message on is in a room with their like. */
const roomOf = (id: ConversationId, since: MessageId) =>
  since === 0 ? `chat-${id}` : `chat-${id}-since-${since}`

export interface ChatRooms {
  /** `since`: the connection hears of messages after this one. */
  enter(session: SocketSession, id: ConversationId, since: MessageId): void
  leave(session: SocketSession, id: ConversationId): void
  /** The rooms of a chat that somebody is in; of a message, those whose people may hear of it. */
  peopled(rooms: Rooms, id: ConversationId, about?: MessageId): string[]
  /** Those stay who may hear of messages after `since`, and hear of no others. */
  evict(rooms: Rooms, id: ConversationId, userIds: UserId[], since?: MessageId | null): void
  /** How often anybody was shut out: whoever was let in by what was true before must be asked about again. */
  evictions(): number
}

/** Who has joined which chat. */
export function createChatRooms(): ChatRooms {
  const beginnings = new Map<ConversationId, Set<MessageId>>()
  let evictions = 0

  const sincesOf = (id: ConversationId): MessageId[] => [0, ...(beginnings.get(id) ?? [])]

  function remember(id: ConversationId, since: MessageId): void {
    if (since > 0) beginnings.set(id, new Set([...(beginnings.get(id) ?? []), since]))
  }

  function forgetDeserted(rooms: Rooms, id: ConversationId): void {
    const known = beginnings.get(id)
    for (const since of known ?? []) if (!rooms.has(roomOf(id, since))) known?.delete(since)
    if (known?.size === 0) beginnings.delete(id)
  }

  function peopled(rooms: Rooms, id: ConversationId, about = Infinity): string[] {
    forgetDeserted(rooms, id)
    return sincesOf(id)
      .filter((since) => since < about)
      .map((since) => roomOf(id, since))
      .filter(rooms.has)
  }

  return {
    peopled,
    enter(session, id, since) {
      for (const other of sincesOf(id)) if (other !== since) session.leave(roomOf(id, other))
      session.join(roomOf(id, since))
      remember(id, since)
    },
    leave(session, id) {
      for (const since of sincesOf(id)) session.leave(roomOf(id, since))
    },
    evict(rooms, id, userIds, since = null) {
      evictions++
      const kept = since === null ? null : roomOf(id, since)
      const left = peopled(rooms, id).filter((room) => room !== kept)
      for (const room of left) for (const userId of userIds) rooms.evict(userId, room)
    },
    evictions: () => evictions,
  }
}
