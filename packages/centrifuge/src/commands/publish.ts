import { mayAct, namedChannel } from '../channels/access.ts'
import type { ChannelRules } from '../channels/config.ts'
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
  const rules = namedChannel(node, channel)
  if (data === undefined) throw refusal(107)
  const decision = await permit(node, session, command.request, rules)
  if (!decision.handled) {
    // Bytes would be the end of subscribers that speak JSON.
    if (decision.data === undefined && data instanceof Uint8Array && !takesBytes(rules)) throw refusal(107)
    const { user, client, info: connInfo, subscriptions } = session
    const info = { user, client, connInfo, chanInfo: subscriptions.get(channel)?.info }
    await publishTo(node, channel, decision.data ?? data, { ...decision, info })
  }
  reply(node, session, { id: command.id, method: 'publish', result: undefined })
}

async function permit(
  node: Node,
  session: Session,
  { channel, data }: CommandOf<'publish'>['request'],
  rules: ChannelRules,
): Promise<PublishDecision> {
  if (node.hooks.publish) return granted(await node.hooks.publish({ ...infoOf(session), channel, data }))
  if (!mayAct(session, channel, rules, 'publish')) throw refusal(103)
  return {}
}

const takesBytes = ({ options }: ChannelRules) => options.publication_data_format === 'binary'
