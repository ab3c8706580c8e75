import { namedChannel } from '../channels/access.ts'
import { ClientError, disconnect, refusal } from '../errors.ts'
import type { Refreshed } from '../hooks.ts'
import { infoOf, type Node } from '../node.ts'
import { optionalPayload } from '../payload.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { extendSubscription, hasPassed, lifetime } from '../sessions/expiry.ts'
import { reply } from '../sessions/send.ts'
import { isLive, type Session, type Subscription } from '../sessions/session.ts'
import { expireSubscription } from '../subscriptions/end.ts'
import { verifySubscription } from './subscription-token.ts'

/** The new token of a client whose subscription is its own to refresh. */
export async function refreshSubscription(
  node: Node,
  session: Session,
  { id, request }: CommandOf<'sub_refresh'>,
): Promise<void> {
  const { channel, token } = request
  namedChannel(node, channel)
  const subscription = session.subscriptions.get(channel)
  if (!subscription) throw refusal(103)
  if (!subscription.isClientRefreshed) throw disconnect('badRequest')
  if (token === '') throw refusal(107)
  const refreshed = await ask(node, subscription, request)
  if (!isLive(subscription)) throw refusal(103)
  if (!refreshed || hasPassed(refreshed.expireAt)) {
    expireSubscription(node, subscription)
    throw refusal(110)
  }
  subscription.info = optionalPayload(refreshed.info) ?? subscription.info
  extendSubscription(node, subscription, refreshed.expireAt)
  reply(node, session, { id, method: 'sub_refresh', result: { ttl: lifetime(refreshed.expireAt) } })
}

/** Null for a token that has expired: the client comes back with another one. A false one closes, as for connections. */
async function ask(
  node: Node,
  { session, isByToken }: Subscription,
  request: { channel: string; token: string },
): Promise<Refreshed | null | undefined> {
  const { subscriptionTokens, hooks } = node
  if (!isByToken || !subscriptionTokens) return hooks.subRefresh?.({ ...infoOf(session), ...request })
  try {
    return await verifySubscription(subscriptionTokens, session, request)
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    if (error.code === 109) return null
    throw disconnect('invalidToken')
  }
}
