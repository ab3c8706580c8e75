import { broadcast } from './broadcast.ts'
import type { StreamPosition } from './engine.ts'
import { refusal } from './errors.ts'
import type { SubscriptionOptions } from './hooks.ts'
import { dropIfEmpty, leave } from './leave.ts'
import type { Node } from './node.ts'
import { jsonText } from './payload.ts'
import type { SubscribeResult } from './protocol/replies.ts'
import type { Channel, Session, Subscription } from './session.ts'

export interface OpenRequest {
  channel: string
  options: SubscriptionOptions
  /** Where the client wants to be recovered from. */
  since?: StreamPosition | undefined
}

export interface Opened {
  subscription: Subscription
  result: SubscribeResult
}

/**
 * Subscribes a session, recovering what it missed. The subscription holds back publications until it is released, after
 * the reply; it may have been ended meanwhile, so look whether it is live.
 */
export async function openSubscription(node: Node, session: Session, request: OpenRequest): Promise<Opened> {
  const subscription = join(node, session, request)
  try {
    await subscription.channel.opened
    const { result, from } = await start(node, request)
    subscription.from = from
    return { subscription, result }
  } catch (error) {
    leave(node, subscription)
    throw error
  }
}

export function isLive(subscription: Subscription): boolean {
  return subscription.channel.subscriptions.has(subscription)
}

/** Channel names are printable ASCII. */
export function checkChannel(node: Node, channel: string): void {
  if (channel.length > node.settings.channelMaxLength || !/^[ -~]+$/.test(channel)) throw refusal(107)
}

function join(node: Node, session: Session, { channel: name }: OpenRequest): Subscription {
  const channel = node.channels.get(name) ?? openChannel(node, name)
  const subscription: Subscription = { channel, session, from: 0, held: [] }
  channel.subscriptions.add(subscription)
  session.subscriptions.set(name, subscription)
  return subscription
}

function openChannel(node: Node, name: string): Channel {
  const opened = Promise.resolve()
  const channel: Channel = { name, subscriptions: new Set(), opened, isOpen: false, lastOffset: 0 }
  node.channels.set(name, channel)
  channel.opened = startDelivery(node, channel)
  return channel
}

async function startDelivery(node: Node, channel: Channel): Promise<void> {
  try {
    await node.engine.subscribe(channel.name, (publication) => broadcast(node, channel, publication))
  } catch (error) {
    node.channels.delete(channel.name)
    throw error
  }
  channel.isOpen = true
  dropIfEmpty(node, channel)
}

interface Start {
  result: SubscribeResult
  /** What the subscriber has once it has the result. */
  from: number
}

async function start(node: Node, { channel, options, since }: OpenRequest): Promise<Start> {
  const data = options.data === undefined ? undefined : jsonText(options.data)
  if (!(options.recoverable ?? node.settings.recoverable)) return { result: { data }, from: 0 }
  const limit = since ? node.settings.recoveryMaxPublications : 0
  const { publications, position, complete } = await node.engine.history(channel, { since, limit })
  const from = position.offset
  if (!since) return { result: { data, position }, from }
  if (!complete) return { result: { data, position, recovery: { recovered: false, publications: [] } }, from }
  // A recovered client is told where it said it was, and moves on with the publications.
  const result = {
    data,
    position: { ...position, offset: since.offset },
    recovery: { recovered: true, publications },
  }
  return { result, from }
}
