import { rulesFor } from '../channels/config.ts'
import { refusal } from '../errors.ts'
import type { SubscribeDecision } from '../hooks.ts'
import type { Node } from '../node.ts'
import { optionalPayload } from '../payload.ts'
import type { FilterNode } from '../protocol/commands.ts'
import type { SubscribeResult } from '../protocol/replies.ts'
import { extendSubscription, hasPassed, lifetime } from '../sessions/expiry.ts'
import type { Channel, Session, Subscription } from '../sessions/session.ts'
import { broadcast } from './broadcast.ts'
import { dropIfEmpty, leave } from './leave.ts'
import { showPresent } from './presence.ts'
import { startStream, type Wishes } from './start.ts'
import { matchesFilter } from './tags-filter.ts'

export interface OpenRequest extends Wishes {
  channel: string
  origin: 'client' | 'server'
  decision: SubscribeDecision
  isByToken?: boolean
  hearsJoinLeave?: boolean
  takesDeltas?: boolean
  filter?: FilterNode | undefined
}

export interface Opened {
  subscription: Subscription
  result: SubscribeResult
}

/**
 * Subscribes a session, recovering what it missed. The subscription holds back publications until it is released, after
 * the reply; it may have been ended meanwhile, so look whether it is live. Throws 109 or 110 when it has expired already.
 */
export async function openSubscription(node: Node, session: Session, request: OpenRequest): Promise<Opened> {
  const { data, expireAt, refresh, recoverFrom } = request.decision
  // It would end at once, and the client would ask for it again at once.
  if (hasPassed(expireAt)) throw refusal(refresh === 'client' ? 109 : 110)
  const subscription = join(node, session, request)
  try {
    await subscription.channel.opened
    const stream = await startStream(node, subscription, { ...request, recoverFrom })
    await showPresent(node, subscription)
    const ttl = subscription.isClientRefreshed ? lifetime(expireAt) : undefined
    const result = { ...stream, data: optionalPayload(data), delta: subscription.takesDeltas, ttl }
    return { subscription, result }
  } catch (error) {
    leave(node, subscription)
    throw error
  }
}

function join(node: Node, session: Session, request: OpenRequest): Subscription {
  const { decision, filter, origin } = request
  // What may throw comes first: a channel that is opening is waited for.
  const info = optionalPayload(decision.info)
  const channel = node.channels.get(request.channel) ?? openChannel(node, request.channel)
  const options = decision.override
    ? { ...channel.rules.options, ...decision.override }
    : channel.rules.options
  const subscription: Subscription = {
    channel,
    session,
    origin,
    options,
    info,
    epoch: undefined,
    from: 0,
    held: [],
    hearsJoinLeave: Boolean(options.force_push_join_leave || request.hearsJoinLeave),
    hasJoined: false,
    takesDeltas: request.takesDeltas ?? false,
    last: undefined,
    accepts: acceptance(filter, decision),
    limits: { accepts: decision.accepts, recoverFrom: decision.recoverFrom },
    expireAt: Infinity,
    isClientRefreshed: decision.refresh === 'client',
    isByToken: request.isByToken ?? false,
  }
  extendSubscription(node, subscription, decision.expireAt)
  channel.subscriptions.add(subscription)
  session.subscriptions.set(channel.name, subscription)
  return subscription
}

/** By what the client asks for, and within what the application allows. */
function acceptance(filter: FilterNode | undefined, { accepts }: SubscribeDecision): Subscription['accepts'] {
  if (!filter) return accepts
  return (tags) => matchesFilter(filter, tags) && accepts?.(tags) !== false
}

function openChannel(node: Node, name: string): Channel {
  const rules = rulesFor(node.channelRules, name)
  if (!rules) throw refusal(102)
  const channel: Channel = {
    name,
    rules,
    subscriptions: new Set(),
    opened: Promise.resolve(),
    isOpen: false,
    lastOffset: 0,
    last: undefined,
    checkAt: performance.now() + node.settings.positionCheckInterval,
  }
  node.channels.set(name, channel)
  channel.opened = startDelivery(node, channel)
  return channel
}

async function startDelivery(node: Node, channel: Channel): Promise<void> {
  try {
    await node.engine.subscribe(channel.name, (message) => broadcast(node, channel, message))
  } catch (error) {
    node.channels.delete(channel.name)
    throw error
  }
  channel.isOpen = true
  dropIfEmpty(node, channel)
}
