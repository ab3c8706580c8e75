import { laterStatus } from '#chat/entities/message/model/status.ts'
import type { Message } from '#chat/entities/message/model/message.schema.ts'
import type { Conversation } from './conversation.schema.ts'

export type ConversationFilter = 'all' | 'unread'

/** The pages of a list that have been fetched, and what has come into it since. */
interface Listing {
  ids: ReadonlySet<number>
  /** Of the next page; null where there is none. */
  cursor: string | null
}

export interface ConversationsState {
  me: number
  /** All that is known, listed or not. */
  byId: ReadonlyMap<number, Conversation>
  listings: Readonly<Record<ConversationFilter, Listing>>
}

/** What happens to conversations; done again to a newer snapshot, it changes nothing that the snapshot knows. */
export type ConversationsEvent =
  | { type: 'listed' | 'removed'; id: number }
  | { type: 'arrived'; messages: readonly Message[]; reading: number | null }
  | { type: 'readByMe'; id: number; upTo: number }
  | { type: 'delivered' | 'read'; id: number; upTo: number }

/** What the server says of them at one time. */
export type ConversationsSnapshot =
  | { type: 'upserted'; conversation: Conversation }
  | {
      type: 'fetched'
      filter: ConversationFilter
      conversations: readonly Conversation[]
      cursor: string | null
      /** The first pages replace what is listed, the next ones are added to it. */
      first: boolean
    }

export const noConversations = (me: number): ConversationsState => ({
  me,
  byId: new Map(),
  listings: { all: { ids: new Set(), cursor: null }, unread: { ids: new Set(), cursor: null } },
})

export function reduceConversations(
  state: ConversationsState,
  action: ConversationsEvent | ConversationsSnapshot,
): ConversationsState {
  switch (action.type) {
    case 'upserted':
      return withConversations(state, [action.conversation])
    case 'fetched':
      return withPage(state, action)
    case 'listed':
      return withListed(state, (ids) => new Set(ids).add(action.id))
    case 'removed':
      return withListed(state, (ids) => new Set([...ids].filter((id) => id !== action.id)))
    case 'arrived':
      return withArrived(state, action)
    case 'readByMe':
      return withChange(state, action.id, (conversation) =>
        (conversation.last_message?.id ?? 0) <= action.upTo
          ? { ...conversation, unread_count: 0 }
          : conversation,
      )
    case 'delivered':
    case 'read':
      return withReceipt(state, { ...action, status: action.type })
  }
}

/** The most recently active first. */
export function listedConversations(state: ConversationsState, filter: ConversationFilter): Conversation[] {
  return [...state.listings[filter].ids]
    .flatMap((id) => state.byId.get(id) ?? [])
    .filter(({ unread_count }) => filter === 'all' || unread_count > 0)
    .sort((one, other) => activity(other) - activity(one) || lastId(other) - lastId(one))
}

/** Whether a message makes a person's unread count grow. */
export function countsAsUnread(message: Message, me: number): boolean {
  return message.sender_id !== me && message.type !== 'system'
}

const activity = ({ updated_at }: Conversation) => Date.parse(updated_at)
const lastId = ({ last_message }: Conversation) => last_message?.id ?? 0

function withPage(
  state: ConversationsState,
  { filter, conversations, cursor, first }: Extract<ConversationsSnapshot, { type: 'fetched' }>,
) {
  const ids = new Set(first ? [] : state.listings[filter].ids)
  for (const { id } of conversations) ids.add(id)
  const listings = { ...state.listings, [filter]: { ids, cursor } }
  return { ...withConversations(state, conversations), listings }
}

function withConversations(state: ConversationsState, conversations: readonly Conversation[]) {
  const byId = new Map(state.byId)
  for (const conversation of conversations) byId.set(conversation.id, conversation)
  return { ...state, byId }
}

function withListed(
  state: ConversationsState,
  change: (ids: ReadonlySet<number>) => ReadonlySet<number>,
): ConversationsState {
  const { all, unread } = state.listings
  const listings = {
    all: { ...all, ids: change(all.ids) },
    unread: { ...unread, ids: change(unread.ids) },
  }
  return { ...state, listings }
}

function withArrived(
  state: ConversationsState,
  { messages, reading }: Extract<ConversationsEvent, { type: 'arrived' }>,
): ConversationsState {
  const byId = new Map(state.byId)
  for (const message of messages) {
    const conversation = byId.get(message.conversation_id)
    if (conversation)
      byId.set(conversation.id, withLastMessage(conversation, message, { me: state.me, reading }))
  }
  const { all, unread } = state.listings
  const ids = messages.map((message) => message.conversation_id).filter((id) => all.ids.has(id))
  return { ...state, byId, listings: { all, unread: { ...unread, ids: new Set([...unread.ids, ...ids]) } } }
}

/** A message that is not newer than the last one known was counted with that one. */
function withLastMessage(
  conversation: Conversation,
  message: Message,
  { me, reading }: { me: number; reading: number | null },
): Conversation {
  if (message.id <= lastId(conversation)) return conversation
  const unread = countsAsUnread(message, me) && conversation.id !== reading ? 1 : 0
  return {
    ...conversation,
    last_message: message,
    unread_count: conversation.unread_count + unread,
    updated_at: message.created_at,
  }
}

function withReceipt(
  state: ConversationsState,
  { id, upTo, status }: { id: number; upTo: number; status: Message['status'] },
) {
  return withChange(state, id, (conversation) => {
    const last = conversation.last_message
    if (!last || last.sender_id !== state.me || last.id > upTo) return conversation
    return { ...conversation, last_message: { ...last, status: laterStatus(last.status, status) } }
  })
}

function withChange(
  state: ConversationsState,
  id: number,
  change: (conversation: Conversation) => Conversation,
) {
  const conversation = state.byId.get(id)
  return conversation ? withConversations(state, [change(conversation)]) : state
}
