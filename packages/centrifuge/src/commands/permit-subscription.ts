import { isPrivate, usersOf } from '../channels/access.ts'
import type { ChannelRules } from '../channels/config.ts'
import { refusal } from '../errors.ts'
import type { SubscribeDecision } from '../hooks.ts'
import { infoOf, type Node } from '../node.ts'
import type { SubscribeRequest } from '../protocol/commands.ts'
import type { Session } from '../sessions/session.ts'
import { granted } from './granted.ts'
import { verifySubscription } from './subscription-token.ts'

export interface Permit {
  decision: SubscribeDecision
  /** Of a token that was verified here. */
  isByToken: boolean
}

/**
 * Whether a client may subscribe, in Centrifugo's order: private channels (`$`) with a token only, then the token,
 * channels of users (`#`), the hook, the namespace. Throws 103 or 109.
 */
export async function permitSubscription(
  node: Node,
  session: Session,
  request: SubscribeRequest,
  rules: ChannelRules,
): Promise<Permit> {
  const { channel, token } = request
  if (isPrivate(channel) && token === '') throw refusal(103)
  if (node.subscriptionTokens && token !== '')
    return { decision: await verifySubscription(node.subscriptionTokens, session, request), isByToken: true }
  return { decision: await decide(node, session, request, rules), isByToken: false }
}

async function decide(
  node: Node,
  session: Session,
  { channel, token, data }: SubscribeRequest,
  { options }: ChannelRules,
): Promise<SubscribeDecision> {
  // Without keys the token of a private channel is the hook's to judge, whoever the channel is for.
  const users = isPrivate(channel) ? undefined : usersOf(channel)
  if (users) {
    if (options.allow_user_limited_channels && session.user !== '' && users.includes(session.user)) return {}
    throw refusal(103)
  }
  const decision = node.hooks.subscribe
    ? await node.hooks.subscribe({ ...infoOf(session), channel, token, data })
    : isOpenTo(session, channel, options)
  return granted(decision)
}

function isOpenTo(
  session: Session,
  channel: string,
  options: ChannelRules['options'],
): SubscribeDecision | null {
  const isKnown = session.user !== '' || options.allow_subscribe_for_anonymous
  return !isPrivate(channel) && options.allow_subscribe_for_client && isKnown ? {} : null
}
