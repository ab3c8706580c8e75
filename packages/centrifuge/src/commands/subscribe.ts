import { mayAct, namedChannel } from '../channels/access.ts'
import type { ChannelRules } from '../channels/config.ts'
import { disconnect, refusal } from '../errors.ts'
import type { Node } from '../node.ts'
import type { CommandOf, SubscribeRequest } from '../protocol/commands.ts'
import { reply } from '../sessions/send.ts'
import { isClosed, isLive, type Session } from '../sessions/session.ts'
import { release } from '../subscriptions/broadcast.ts'
import { leave } from '../subscriptions/leave.ts'
import { openSubscription } from '../subscriptions/open.ts'
import { arrive } from '../subscriptions/presence.ts'
import { checkFilter } from '../subscriptions/tags-filter.ts'
import { permitSubscription } from './permit-subscription.ts'

export async function subscribe(
  node: Node,
  session: Session,
  command: CommandOf<'subscribe'>,
): Promise<void> {
  const { id, request } = command
  const rules = checkRequest(node, session, request)
  session.asksFor = request.channel
  const permit = await permitSubscription(node, session, request, rules)
  if (isClosed(session)) return
  // The application may have unsubscribed it while it was asked.
  if (session.asksFor !== request.channel) throw refusal(103)
  session.asksFor = undefined
  // The application may have subscribed this session while it was asked.
  if (session.subscriptions.has(request.channel)) throw refusal(105)
  const opened = await openSubscription(node, session, {
    ...request,
    origin: 'client',
    ...permit,
    since: request.recover,
    takesDeltas: request.delta !== '' && (rules.options.allowed_delta_types?.includes('fossil') ?? false),
    hearsJoinLeave: request.joinLeave && mayHearJoinLeave(session, request.channel, rules),
  })
  if (isClosed(session)) return
  if (!isLive(opened.subscription)) throw refusal(103)
  if (request.rejectUnrecovered && opened.result.recovery?.recovered === false) {
    leave(node, opened.subscription)
    throw refusal(112)
  }
  reply(node, session, { id, method: 'subscribe', result: opened.result })
  release(node, opened.subscription)
  arrive(node, opened.subscription)
}

function checkRequest(node: Node, session: Session, request: SubscribeRequest): ChannelRules {
  const rules = namedChannel(node, request.channel)
  if (request.delta !== '' && request.delta !== 'fossil') throw disconnect('badRequest')
  if (request.type !== 0) throw refusal(103)
  if (session.subscriptions.has(request.channel)) throw refusal(105)
  if (session.subscriptions.size >= node.settings.channelsPerClient) throw refusal(106)
  if (!request.filter) return rules
  if (!rules.options.allow_tags_filter) throw refusal(107)
  checkFilter(request.filter)
  return rules
}

/** It will be a subscriber when it hears. */
function mayHearJoinLeave(session: Session, channel: string, rules: ChannelRules): boolean {
  const { join_leave, allow_presence_for_subscriber, allow_presence_for_anonymous } = rules.options
  const asSubscriber = allow_presence_for_subscriber && (session.user !== '' || allow_presence_for_anonymous)
  return Boolean(join_leave) && (Boolean(asSubscriber) || mayAct(session, channel, rules, 'presence'))
}

/** An unknown channel is no error: the client would reconnect over it. */
export function unsubscribe(node: Node, session: Session, { id, request }: CommandOf<'unsubscribe'>): void {
  if (request.channel === '') throw disconnect('badRequest')
  const subscription = session.subscriptions.get(request.channel)
  if (subscription) leave(node, subscription)
  reply(node, session, { id, method: 'unsubscribe', result: undefined })
}
