import type { ClientInfo } from '../engine/engine.ts'
import { notify, type Node } from '../node.ts'
import { isLive, type Subscription } from '../sessions/session.ts'

/** Adds a subscriber to those present in its channel, or renews it. */
export async function showPresent(node: Node, subscription: Subscription): Promise<void> {
  if (!subscription.options.presence || !isLive(subscription)) return
  await node.presence.add(subscription.channel.name, clientInfo(subscription), node.settings.presenceTtl)
}

/** The subscriber has its reply; others hear that it came, unless it is gone again: then nobody would say that it left. */
export function arrive(node: Node, subscription: Subscription): void {
  if (!subscription.options.join_leave || !isLive(subscription)) return
  subscription.hasJoined = true
  node.announce(subscription.channel, { type: 'join', info: clientInfo(subscription) })
}

export function depart(node: Node, subscription: Subscription): void {
  const { channel, session, options, hasJoined } = subscription
  if (options.presence) void notify(node, () => node.presence.remove(channel.name, session.client))
  if (hasJoined) node.announce(channel, { type: 'leave', info: clientInfo(subscription) })
}

function clientInfo({ session, info }: Subscription): ClientInfo {
  return { user: session.user, client: session.client, connInfo: session.info, chanInfo: info }
}
