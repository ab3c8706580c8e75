import { release } from '../broadcast.ts'
import { disconnect, refusal } from '../errors.ts'
import { leave } from '../leave.ts'
import { infoOf, type Node } from '../node.ts'
import { checkChannel, isLive, openSubscription } from '../open.ts'
import type { CommandOf, SubscribeRequest } from '../protocol/commands.ts'
import { reply } from '../send.ts'
import { isClosed, type Session } from '../session.ts'

export async function subscribe(
  node: Node,
  session: Session,
  command: CommandOf<'subscribe'>,
): Promise<void> {
  const { id, request } = command
  const options = await permit(node, session, request)
  if (isClosed(session)) return
  // The application may have subscribed this session while the hook was asked.
  if (session.subscriptions.has(request.channel)) throw refusal(105)
  const opening = { channel: request.channel, options, since: request.recover }
  const opened = await openSubscription(node, session, opening)
  if (isClosed(session)) return
  if (!isLive(opened.subscription)) throw refusal(103)
  if (request.rejectUnrecovered && opened.result.recovery?.recovered === false) {
    leave(node, opened.subscription)
    throw refusal(112)
  }
  reply(node, session, { id, method: 'subscribe', result: opened.result })
  release(node, opened.subscription)
}

async function permit(node: Node, session: Session, { channel, token, data, type }: SubscribeRequest) {
  if (channel === '') throw disconnect('badRequest')
  checkChannel(node, channel)
  if (session.subscriptions.has(channel)) throw refusal(105)
  if (session.subscriptions.size >= node.settings.channelsPerClient) throw refusal(106)
  if (type !== 0 || !node.hooks.subscribe) throw refusal(103)
  return (await node.hooks.subscribe({ ...infoOf(session), channel, token, data })) ?? {}
}

/** An unknown channel is no error: the client would reconnect over it. */
export function unsubscribe(node: Node, session: Session, { id, request }: CommandOf<'unsubscribe'>): void {
  if (request.channel === '') throw disconnect('badRequest')
  const subscription = session.subscriptions.get(request.channel)
  if (subscription) leave(node, subscription)
  reply(node, session, { id, method: 'unsubscribe', result: undefined })
}

/** Subscriptions are extended by the server only. */
export function refreshSubscription(session: Session, { request }: CommandOf<'sub_refresh'>): never {
  if (request.channel === '') throw disconnect('badRequest')
  if (!session.subscriptions.has(request.channel)) throw refusal(103)
  throw disconnect('badRequest')
}
