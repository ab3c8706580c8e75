import type { ChatEvent } from '../../core/events.ts'
import type { ConversationId } from '../../core/types.ts'
import type { FrameSession } from '../../realtime/transports/websocket-vocabulary.ts'

const MOST_DIALOGS = 1_000

/** What connections have said that they do not show at the moment. */
export interface Narrowing {
  subscribe(session: FrameSession, id: ConversationId): void
  unsubscribe(session: FrameSession, id: ConversationId): void
  /** Whether a connection hears of an event. */
  hears(session: FrameSession, event: ChatEvent): boolean
}

/**
 * Clients unsubscribe from the dialog that they no longer show, and go on counting what comes in it: only what nothing
 * but an open dialog shows is kept from them.
 */
export function createNarrowing(): Narrowing {
  const closed = new WeakMap<FrameSession, Set<ConversationId>>()

  return {
    subscribe: (session, id) => void closed.get(session)?.delete(id),
    unsubscribe(session, id) {
      const ids = closed.get(session) ?? new Set()
      // Beyond that a client hears more than it needs.
      if (ids.size < MOST_DIALOGS) closed.set(session, ids.add(id))
    },
    hears(session, event) {
      if (!isDetail(event, session)) return true
      return !closed.get(session)?.has(event.conversationId)
    },
  }
}

type Detail = Extract<ChatEvent, { type: 'message.updated' | 'message.deleted' | 'message.read' }>

/** How far oneself has read is shown in the list of dialogs, too. */
function isDetail(event: ChatEvent, { userId }: FrameSession): event is Detail {
  if (event.type === 'message.read') return event.userId !== userId
  return event.type === 'message.updated' || event.type === 'message.deleted'
}
