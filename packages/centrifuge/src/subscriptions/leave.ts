import { notify, type Node } from '../node.ts'
import { depart } from './presence.ts'
import type { Channel, Subscription } from '../sessions/session.ts'

/** Ends a subscription, and says whether it had not ended before. The engine hears when it was the channel's last here. */
export function leave(node: Node, subscription: Subscription): boolean {
  const { channel, session } = subscription
  if (!channel.subscriptions.delete(subscription)) return false
  session.subscriptions.delete(channel.name)
  for (const { bytes } of subscription.held ?? []) session.queuedBytes -= bytes
  subscription.held = undefined
  depart(node, subscription)
  if (channel.isOpen) dropIfEmpty(node, channel)
  return true
}

export function dropIfEmpty(node: Node, channel: Channel): void {
  if (channel.subscriptions.size > 0) return
  node.channels.delete(channel.name)
  void notify(node, () => node.engine.unsubscribe(channel.name))
}
