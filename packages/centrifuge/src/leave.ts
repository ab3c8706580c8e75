import { report, type Node } from './node.ts'
import type { Channel, Subscription } from './session.ts'

/** Ends a subscription; the engine hears of it when it was the node's last of the channel. */
export function leave(node: Node, subscription: Subscription): void {
  const { channel, session } = subscription
  if (!channel.subscriptions.delete(subscription)) return
  session.subscriptions.delete(channel.name)
  for (const { message } of subscription.held ?? []) session.queuedBytes -= message.length
  subscription.held = undefined
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
