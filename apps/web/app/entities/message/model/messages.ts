import type { Message } from './message.schema.ts'
import { laterStatus } from './status.ts'

/** What the server said when it refused something. */
export interface Refusal {
  status: number
  code: string
  message: string
  /** The fields at fault, with what is said of each. */
  details: Record<string, string[]>
}

/** A message of mine that the server has not confirmed yet; its id is negative. */
export interface PendingMessage extends Message {
  /** The Idempotency-Key of its request. */
  key: string
  state: 'queued' | 'sending' | 'failed'
  /** Whether a request has been made: then it may be written already. */
  tried: boolean
  /** A message that came as an event and is probably this one, which is then not shown; the reply will say. */
  standIn: number | null
  /** Of an image, whose `image_url` is then the object URL of this file. */
  file: File | null
  /** A key below `chat.` of the translations. */
  error: string | null
  /** Why, where the server has answered. */
  refusal: Refusal | null
}

export interface MessagesState {
  me: number
  /** Confirmed, ascending by id, each once. */
  messages: readonly Message[]
  /** In the order of sending. */
  pending: readonly PendingMessage[]
  /** How far the companion has come: own messages up to this id have been delivered, or read. */
  delivered: number
  read: number
}

export type MessagesAction =
  | { type: 'fetched' | 'arrived'; messages: readonly Message[] }
  | { type: 'queued'; message: PendingMessage }
  | { type: 'changed'; key: string; change: Partial<PendingMessage> }
  | { type: 'withdrawn'; key: string }
  | { type: 'acknowledged'; key: string; message: Message }
  | { type: 'delivered' | 'read'; upTo: number }

export const noMessages = (me: number): MessagesState => ({
  me,
  messages: [],
  pending: [],
  delivered: 0,
  read: 0,
})

/** Where the optimistic message, the reply, the event and the fetched page meet, in whatever order they come. */
export function reduceMessages(state: MessagesState, action: MessagesAction): MessagesState {
  switch (action.type) {
    case 'fetched':
      return withMessages(state, action.messages)
    case 'arrived':
      return withMessages({ ...state, pending: withStandIns(state, action.messages) }, action.messages)
    case 'queued':
      return { ...state, pending: [...without(state.pending, action.message.key), action.message] }
    case 'changed':
      return { ...state, pending: withChange(state.pending, action.key, action.change) }
    case 'withdrawn':
      return { ...state, pending: without(state.pending, action.key) }
    case 'acknowledged':
      return withMessages({ ...state, pending: without(state.pending, action.key) }, [action.message])
    case 'delivered':
      return withReceipts(state, { delivered: action.upTo, read: 0 })
    case 'read':
      return withReceipts(state, { delivered: action.upTo, read: action.upTo })
  }
}

/** What a person sees: confirmed messages, then those on their way. */
export function shownMessages({ messages, pending }: MessagesState): readonly (Message | PendingMessage)[] {
  const waiting = pending.filter(({ standIn }) => standIn === null)
  return waiting.length === 0 ? messages : [...messages, ...waiting]
}

function withMessages(state: MessagesState, incoming: readonly Message[]): MessagesState {
  const merged = { ...state, messages: merge(state.messages, incoming.map(asFarAs(state))) }
  const own = incoming.filter(({ sender_id }) => sender_id === state.me)
  return withReceipts(merged, {
    delivered: newestId(own.filter(({ status }) => status !== 'sent')),
    read: newestId(own.filter(({ status }) => status === 'read')),
  })
}

/** Touches only what comes after the first new one: mostly nothing. */
function merge(known: readonly Message[], incoming: readonly Message[]): readonly Message[] {
  if (incoming.length === 0) return known
  const oldest = Math.min(...incoming.map(({ id }) => id))
  const from = known.findLastIndex(({ id }) => id < oldest) + 1
  const tail = new Map(known.slice(from).map((message) => [message.id, message]))
  for (const message of incoming) {
    const status = laterStatus(message.status, tail.get(message.id)?.status ?? 'sent')
    tail.set(message.id, { ...message, status })
  }
  return [...known.slice(0, from), ...[...tail.values()].sort((one, other) => one.id - other.id)]
}

/** The companion comes to messages in order, so that one own message says how far, for all before it. */
function withReceipts(state: MessagesState, receipts: { delivered: number; read: number }): MessagesState {
  const read = Math.max(state.read, receipts.read)
  const delivered = Math.max(state.delivered, receipts.delivered, read)
  if (read === state.read && delivered === state.delivered) return state
  const settled = read > state.read ? state.read : state.delivered
  const from = state.messages.findLastIndex(({ id }) => id <= settled) + 1
  const reached = state.messages.slice(from).map(asFarAs({ me: state.me, delivered, read }))
  return { ...state, delivered, read, messages: [...state.messages.slice(0, from), ...reached] }
}

function asFarAs({ me, delivered, read }: Pick<MessagesState, 'me' | 'delivered' | 'read'>) {
  return (message: Message): Message => {
    if (message.sender_id !== me) return message
    const reached = message.id <= read ? 'read' : message.id <= delivered ? 'delivered' : 'sent'
    const status = laterStatus(message.status, reached)
    return status === message.status ? message : { ...message, status }
  }
}

function newestId(messages: readonly Message[]): number {
  return messages.reduce((newest, { id }) => Math.max(newest, id), 0)
}

/** An own message that nobody knew may be one of ours whose reply is still on its way, or that of another tab. */
function withStandIns({ me, messages, pending }: MessagesState, arrived: readonly Message[]) {
  return arrived
    .filter((message) => message.sender_id === me && !has(messages, message.id))
    .reduce((waiting, message) => {
      const match = waiting.find((candidate) => mayBe(candidate, message))
      return match ? withChange(waiting, match.key, { standIn: message.id }) : waiting
    }, pending)
}

function mayBe({ tried, state, standIn, type, text }: PendingMessage, message: Message): boolean {
  return tried && state !== 'failed' && standIn === null && type === message.type && text === message.text
}

function has(messages: readonly Message[], id: number): boolean {
  return messages.findLast((message) => message.id <= id)?.id === id
}

function withChange(pending: readonly PendingMessage[], key: string, change: Partial<PendingMessage>) {
  // What failed was not the message that stood for it.
  const full = change.state === 'failed' ? { ...change, standIn: null } : change
  return pending.map((message) => (message.key === key ? { ...message, ...full } : message))
}

function without(pending: readonly PendingMessage[], key: string) {
  return pending.filter((message) => message.key !== key)
}
