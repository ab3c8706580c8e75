import { insertEvent } from '../db/events.ts'
import type { EventRow } from '../db/events.ts'
import type { Queryable } from '../db/database.ts'
import type { ConversationId, Message, MessageId, UserId } from '../db/schema.ts'

/** Who hears of an event: named users, or everybody of an organisation. */
export type Audience = UserId[] | { org: string }

/**
 * Facts, each written in the transaction that made it true. `unread.changed` carries counts only once it is
 * numbered: they are then exact at its place in the log (see `db/events.ts`).
 */
export type StoredEvent =
  | { type: 'conversation.created'; conversationId: ConversationId }
  | { type: 'conversation.hidden'; conversationId: ConversationId; userId: UserId }
  | { type: 'conversation.restored'; conversationId: ConversationId; userId: UserId }
  | { type: 'message.created'; conversationId: ConversationId; message: Message }
  | { type: 'message.deleted'; conversationId: ConversationId; messageId: MessageId }
  | { type: 'message.delivered'; conversationId: ConversationId; userId: UserId; messageId: MessageId }
  | { type: 'message.read'; conversationId: ConversationId; userId: UserId; messageId: MessageId }
  | { type: 'unread.changed'; conversationId: ConversationId; userId: UserId; counts?: UnreadCounts }
  /** Of null: all there are, whatever they were opened with. */
  | { type: 'session.ended'; conversationId: null; userId: UserId; sessionId: string | null }

interface UnreadCounts {
  /** In this conversation. */
  unread: number
  /** In all of the user's conversations of the same kind and kind of subject. */
  total: number
}

/** What is only worth something now; never stored. */
export type EphemeralEvent =
  | { type: 'typing'; conversationId: ConversationId; userId: UserId; subjectType: string | null }
  | { type: 'presence'; userId: UserId; online: boolean; lastSeenAt: Date | null }

/** `position` is the event's place in the log, the same for everybody. */
export type LoggedEvent = StoredEvent & {
  position: number
  changeSeq: number | null
  subjectType: string | null
}

export type ChatEvent = LoggedEvent | EphemeralEvent

/** Writes an event beside the change it tells of. `changeSeq` is null where only one user's own view changes. */
export function emit(
  tx: Queryable,
  event: StoredEvent,
  audience: Audience,
  changeSeq: number | null = null,
): Promise<void> {
  const { type, conversationId, ...payload } = event
  const [recipients, orgId] = Array.isArray(audience) ? [audience, null] : [null, audience.org]
  return insertEvent(tx, { type, conversationId, payload, recipients, orgId, changeSeq })
}

/** A numbered row as the event that was emitted. */
export function loggedEvent(row: EventRow): LoggedEvent {
  const { type, conversationId, payload, position, changeSeq, subjectType } = row
  const message = payload['message'] as (Message & { createdAt: string | Date }) | undefined
  if (message) message.createdAt = new Date(message.createdAt)
  // The row was written by emit, hence from a StoredEvent.
  return { ...payload, type, conversationId, position, changeSeq, subjectType } as LoggedEvent
}
