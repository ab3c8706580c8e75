import { mayAct, namedChannel } from '../channels/access.ts'
import type { HistoryQuery, Publication } from '../engine/engine.ts'
import { refusal } from '../errors.ts'
import type { Node } from '../node.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { readHistory } from '../read.ts'
import { reply } from '../sessions/send.ts'
import type { Session, Subscription } from '../sessions/session.ts'

type Limits = Subscription['limits']

/** A negative limit asks for as many as one may have. */
export async function history(node: Node, session: Session, command: CommandOf<'history'>): Promise<void> {
  const { channel, limit, ...rest } = command.request
  const rules = namedChannel(node, channel)
  if (!rules.retention) throw refusal(108)
  if (!mayAct(session, channel, rules, 'history')) throw refusal(103)
  const max = node.settings.historyMaxPublications
  const query = { ...rest, limit: limit < 0 ? max : Math.min(limit, max) }
  const limits = session.subscriptions.get(channel)?.limits ?? {}
  const { publications, position } = await readHistory(node, channel, within(limits, query))
  const visible = publications.filter((publication) => isVisible(limits, publication))
  reply(node, session, { id: command.id, method: 'history', result: { publications: visible, position } })
}

/** Forwards it begins where the subscriber may begin, or the limit would be spent on what is not shown. */
function within({ recoverFrom = 0 }: Limits, query: HistoryQuery): HistoryQuery {
  const { since, reverse } = query
  if (reverse || (since?.offset ?? 0) >= recoverFrom) return query
  return { ...query, since: { offset: recoverFrom, epoch: since?.epoch ?? '' } }
}

function isVisible({ accepts, recoverFrom = 0 }: Limits, { offset = Infinity, tags }: Publication): boolean {
  return offset > recoverFrom && accepts?.(tags) !== false
}
