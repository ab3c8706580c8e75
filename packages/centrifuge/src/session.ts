import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Codec, Message } from './protocol/codec.ts'
import type { Command } from './protocol/commands.ts'
import type { Transport } from './transport.ts'

/** Those who listen to one channel on this node. */
export interface Channel {
  name: string
  subscriptions: Set<Subscription>
  /** Settles when the engine hands over publications. */
  opened: Promise<void>
  isOpen: boolean
  /** The newest offset delivered; older ones are dropped. */
  lastOffset: number
}

export interface Subscription {
  channel: Channel
  session: Session
  /** Publications up to this offset are behind the subscriber. */
  from: number
  /** While the subscription is opening: what is published, to follow the reply. */
  held: { offset: number | undefined; message: Message }[] | undefined
}

/** `refused`: the connect command was answered with an error. */
type SessionState = 'new' | 'connecting' | 'refused' | 'connected' | 'closed'

/** Done in order, one at a time: what the client asked and what the server API wants done in between. */
export type Task = Command | (() => Promise<void>)

/** One live connection. */
export interface Session {
  client: string
  user: string
  meta: unknown
  /** JSON text. */
  info: string | undefined
  state: SessionState
  transport: Transport
  codec: Codec
  /** Of the upgrade request, until connected. */
  headers: IncomingHttpHeaders | undefined
  subscriptions: Map<string, Subscription>
  tasks: Task[]
  isBusy: boolean
  isPaused: boolean
  outbox: Message[]
  /** Bytes of the outbox and of what subscriptions hold. */
  queuedBytes: number
  /** Monotonic milliseconds; Infinity for never. */
  staleAt: number
  pingAt: number
  pongBy: number
  /** Unix milliseconds, the delay for clients that refresh included; Infinity for never. */
  expireAt: number
  isClientRefreshed: boolean
  /** Called when the socket is gone. */
  onGone: (() => void) | undefined
}

export function createSession(transport: Transport, codec: Codec, headers: IncomingHttpHeaders): Session {
  return {
    client: randomUUID(),
    user: '',
    meta: undefined,
    info: undefined,
    state: 'new',
    transport,
    codec,
    headers,
    subscriptions: new Map(),
    tasks: [],
    isBusy: false,
    isPaused: false,
    outbox: [],
    queuedBytes: 0,
    staleAt: Infinity,
    pingAt: Infinity,
    pongBy: Infinity,
    expireAt: Infinity,
    isClientRefreshed: false,
    onGone: undefined,
  }
}

/** A function, because the state changes during every await. */
export function isClosed(session: Session): boolean {
  return session.state === 'closed'
}
