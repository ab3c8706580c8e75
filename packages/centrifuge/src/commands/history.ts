import { disconnect, refusal } from '../errors.ts'
import type { Node } from '../node.ts'
import { checkChannel } from '../open.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { reply } from '../send.ts'
import type { Session } from '../session.ts'

/** For subscribers of the channel. A negative limit asks for as many as one may have. */
export async function history(node: Node, session: Session, command: CommandOf<'history'>): Promise<void> {
  const { channel, since, reverse, limit } = command.request
  if (channel === '') throw disconnect('badRequest')
  checkChannel(node, channel)
  if (!session.subscriptions.has(channel)) throw refusal(103)
  if (reverse && since?.offset === 0) throw refusal(107)
  const max = node.settings.historyMaxPublications
  const query = { since, reverse, limit: limit < 0 ? max : Math.min(limit, max) }
  const { publications, position } = await node.engine.history(channel, query)
  if (since && since.epoch !== '' && since.epoch !== position.epoch) throw refusal(112)
  reply(node, session, { id: command.id, method: 'history', result: { publications, position } })
}
