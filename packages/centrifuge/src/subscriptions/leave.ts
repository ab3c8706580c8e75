import { report, type Node } from '../node.ts'
import { depart } from './presence.ts'
import type { Channel, Subscription } from '../sessions/session.ts'

/** Ends a subscription; the engine hears of it when it was the node's last of the channel. */
export function leave(node: Node, subscription: Subscription): void {
  const { channel, session } = subscription
  if (!channel.subscriptions.delete(subscription)) return
  session.subscriptions.delete(channel.name)
  for (const { bytes } of subscription.held ?? []) session.queuedBytes -= bytes
  subscription.held = undefined
  depart(node, subscription)
  if (channel.isOpen) dropIfEmpty(node, channel)
}

export function dropIfEmpty(node: Node, channel: Channel): void {
  if (channel.subscriptions.size > 0) return
  node.channels.delete(channel.name)
  try {
    node.engine.unsubscribe(channel.name)
  } catch (error) {
    report(node, error)
  }
}
