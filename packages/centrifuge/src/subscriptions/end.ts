import { closings, type Closing } from '../errors.ts'
import type { Node } from '../node.ts'
import { closeSession } from '../sessions/close.ts'
import { send } from '../sessions/send.ts'
import { isLive, type Subscription } from '../sessions/session.ts'
import { leave } from './leave.ts'

/** Ends a subscription and tells the client, unless it has not heard of it yet: then its opening is refused. */
export function endSubscription(node: Node, subscription: Subscription, { code, reason }: Closing): void {
  const { channel, session, held } = subscription
  if (!leave(node, subscription) || held) return
  const push = session.codec.encodePush({ channel: channel.name, type: 'unsubscribe', code, reason })
  send(node, session, push)
}

/** The subscriber has missed something: it comes back and recovers. */
export function loseState(node: Node, subscription: Subscription): void {
  if (!isLive(subscription)) return
  if (subscription.origin === 'server') closeSession(node, subscription.session, closings.insufficientState)
  else endSubscription(node, subscription, { code: 2500, reason: 'insufficient state' })
}

export function expireSubscription(node: Node, subscription: Subscription): void {
  if (!isLive(subscription)) return
  if (subscription.origin === 'server') closeSession(node, subscription.session, closings.subscriptionExpired)
  else endSubscription(node, subscription, { code: 2501, reason: 'expired' })
}
