import { mayAct, namedChannel } from '../channels/access.ts'
import { refusal } from '../errors.ts'
import type { Node } from '../node.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { readHistory } from '../read.ts'
import { reply } from '../sessions/send.ts'
import type { Session } from '../sessions/session.ts'

/** A negative limit asks for as many as one may have. */
export async function history(node: Node, session: Session, command: CommandOf<'history'>): Promise<void> {
  const { channel, limit, ...query } = command.request
  const rules = namedChannel(node, channel)
  if (!rules.retention) throw refusal(108)
  if (!mayAct(session, channel, rules, 'history')) throw refusal(103)
  const max = node.settings.historyMaxPublications
  const result = await readHistory(node, channel, { ...query, limit: limit < 0 ? max : Math.min(limit, max) })
  reply(node, session, { id: command.id, method: 'history', result })
}
