import { mayAct, namedChannel } from '../channels/access.ts'
import { refusal } from '../errors.ts'
import type { Node } from '../node.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { readPresence, readPresenceStats } from '../read.ts'
import { reply } from '../sessions/send.ts'
import type { Session } from '../sessions/session.ts'

type PresenceCommand = CommandOf<'presence' | 'presence_stats'>

export async function presence(node: Node, session: Session, command: PresenceCommand): Promise<void> {
  const channel = permit(node, session, command)
  reply(node, session, { id: command.id, method: 'presence', result: await readPresence(node, channel) })
}

export async function presenceStats(node: Node, session: Session, command: PresenceCommand): Promise<void> {
  const channel = permit(node, session, command)
  const result = await readPresenceStats(node, channel)
  reply(node, session, { id: command.id, method: 'presence_stats', result })
}

function permit(node: Node, session: Session, { request: { channel } }: PresenceCommand): string {
  const rules = namedChannel(node, channel)
  if (!rules.options.presence) throw refusal(108)
  if (!mayAct(session, channel, rules, 'presence')) throw refusal(103)
  return channel
}
