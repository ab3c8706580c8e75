import { mayAct, namedChannel } from '../channels/access.ts'
import { refusal } from '../errors.ts'
import type { PublishDecision } from '../hooks.ts'
import { infoOf, type Node } from '../node.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { publishTo } from '../publish.ts'
import { reply } from '../sessions/send.ts'
import type { Session } from '../sessions/session.ts'
import { granted } from './granted.ts'

export async function publish(node: Node, session: Session, command: CommandOf<'publish'>): Promise<void> {
  const { channel, data } = command.request
  const decision = await permit(node, session, command)
  if (!decision.handled) {
    const { user, client, info: connInfo, subscriptions } = session
    const info = { user, client, connInfo, chanInfo: subscriptions.get(channel)?.info }
    await publishTo(node, channel, decision.data ?? data, { ...decision, info })
  }
  reply(node, session, { id: command.id, method: 'publish', result: undefined })
}

async function permit(
  node: Node,
  session: Session,
  { request: { channel, data } }: CommandOf<'publish'>,
): Promise<PublishDecision> {
  const rules = namedChannel(node, channel)
  if (data === undefined) throw refusal(107)
  if (node.hooks.publish) return granted(await node.hooks.publish({ ...infoOf(session), channel, data }))
  if (!mayAct(session, channel, rules, 'publish')) throw refusal(103)
  return {}
}
