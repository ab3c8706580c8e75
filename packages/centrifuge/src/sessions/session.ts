import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ChannelRules } from '../channels/config.ts'
import type { ChannelOptions } from '../channels/options.ts'
import type { Publication } from '../engine/engine.ts'
import type { SubscribeDecision } from '../hooks.ts'
import type { Payload } from '../payload.ts'
import type { Codec, Message } from '../protocol/codec.ts'
import type { Command } from '../protocol/commands.ts'
import type { Outgoing } from '../subscriptions/outgoing.ts'
import type { Transport } from '../transports/transport.ts'

/** Those who listen to one channel on this node. */
export interface Channel {
  name: string
  rules: ChannelRules
  subscriptions: Set<Subscription>
  /** Settles when the engine hands over publications. */
  opened: Promise<void>
  isOpen: boolean
  /** The newest offset delivered; older ones are dropped. */
  lastOffset: number
  /** What was delivered last, from which the next may differ by little. */
  last: Publication | undefined
  /** Monotonic milliseconds of the next comparison with the engine. */
  checkAt: number
}

export interface Subscription {
  channel: Channel
  session: Session
  /** Whether the client asked for it, or the server gave it. */
  origin: 'client' | 'server'
  /** The namespace's, with what is otherwise for this subscription. */
  options: ChannelOptions
  info: Payload | undefined
  /** Of the stream; undefined where the subscription is not positioned. */
  epoch: string | undefined
  /** Publications up to this offset are behind the subscriber. */
  from: number
  /** While the subscription is opening: what is published, to follow the reply. */
  held: Held[] | undefined
  hearsJoinLeave: boolean
  /** Others have heard that it came, and shall hear that it went. */
  hasJoined: boolean
  takesDeltas: boolean
  /** What it was sent last, where it takes differences. */
  last: Publication | undefined
  /** By their tags, which publications it gets; all by default. */
  accepts: ((tags: Publication['tags']) => boolean) | undefined
  /** What the application lets it see, whatever way it reads. */
  limits: Pick<SubscribeDecision, 'accepts' | 'recoverFrom'>
  /** Unix milliseconds, the delay for clients that refresh included; Infinity for never. */
  expireAt: number
  isClientRefreshed: boolean
  /** By a token that was verified here, as those that refresh it shall be. */
  isByToken: boolean
}

interface Held {
  outgoing: Outgoing
  bytes: number
}

/** `refused`: the connect command was answered with an error. */
type SessionState = 'new' | 'connecting' | 'refused' | 'connected' | 'closed'

/** What the client asked, and what the server API wants done in between. */
export type Task = Command | (() => Promise<void>)

/** One live connection. */
export interface Session {
  client: string
  /** By which requests of an emulated client speak for it. */
  secret: string | undefined
  user: string
  meta: unknown
  info: Payload | undefined
  state: SessionState
  transport: Transport
  codec: Codec
  /** Of the HTTP request that made it, until connected. */
  headers: IncomingHttpHeaders | undefined
  subscriptions: Map<string, Subscription>
  /** The channel of which it is being decided whether the client may subscribe. */
  asksFor: string | undefined
  tasks: Task[]
  /** How many tasks are under way, and whether they leave room for others. */
  running: number
  isExclusive: boolean
  isPaused: boolean
  /** Commands it may send now, as of `allowedAt`, and how many were refused since it last kept to its rate. */
  allowance: number
  allowedAt: number
  refusals: number
  outbox: Message[]
  /** Bytes of the outbox and of what subscriptions hold. */
  queuedBytes: number
  /** Since when the network has taken nothing of what waits, and what it had taken by then. */
  blockedAt: number
  sentBytes: number
  /** Monotonic milliseconds; Infinity for never. */
  staleAt: number
  pingAt: number
  pongBy: number
  presenceAt: number
  /** Unix milliseconds, the delay for clients that refresh included; Infinity for never. */
  expireAt: number
  /** The earliest of its subscriptions, as `expireAt`. */
  subExpireAt: number
  isClientRefreshed: boolean
  /** The channels of the token it connected with, which a new token must name too. */
  tokenChannels: string[] | undefined
  /** Settles when the application has dealt with the connection's beginning. */
  greeted: Promise<void> | undefined
  /** Called when the socket is gone. */
  onGone: (() => void) | undefined
}

export function createSession(transport: Transport, codec: Codec, headers: IncomingHttpHeaders): Session {
  return {
    client: randomUUID(),
    secret: undefined,
    user: '',
    meta: undefined,
    info: undefined,
    state: 'new',
    transport,
    codec,
    headers,
    subscriptions: new Map(),
    asksFor: undefined,
    tasks: [],
    running: 0,
    isExclusive: false,
    isPaused: false,
    allowance: Infinity,
    allowedAt: 0,
    refusals: 0,
    outbox: [],
    queuedBytes: 0,
    blockedAt: Infinity,
    sentBytes: 0,
    staleAt: Infinity,
    pingAt: Infinity,
    pongBy: Infinity,
    presenceAt: Infinity,
    expireAt: Infinity,
    subExpireAt: Infinity,
    isClientRefreshed: false,
    tokenChannels: undefined,
    greeted: undefined,
    onGone: undefined,
  }
}

/** A function, because the state changes during every await. */
export function isClosed(session: Session): boolean {
  return session.state === 'closed'
}

/** A function, because it may end during every await. */
export function isLive(subscription: Subscription): boolean {
  return subscription.channel.subscriptions.has(subscription)
}
