import { checkChannel } from './channels/access.ts'
import type { ClientInfo, History, HistoryQuery } from './engine/engine.ts'
import type { PresenceStats } from './engine/presence.ts'
import { refusal } from './errors.ts'
import type { Node } from './node.ts'

/** Throws 108 where the namespace has no history, 107 backwards from nowhere, 112 for another epoch. */
export async function readHistory(
  node: Node,
  channel: string,
  query: HistoryQuery,
): Promise<Pick<History, 'publications' | 'position'>> {
  if (!checkChannel(node, channel).retention) throw refusal(108)
  const { since, reverse } = query
  if (reverse && since?.offset === 0) throw refusal(107)
  const { publications, position } = await node.engine.history(channel, query)
  if (since && since.epoch !== '' && since.epoch !== position.epoch) throw refusal(112)
  return { publications, position }
}

/** Throws 108 where the namespace has no presence. */
export async function readPresence(node: Node, channel: string): Promise<ClientInfo[]> {
  if (!checkChannel(node, channel).options.presence) throw refusal(108)
  return node.presence.list(channel)
}

export async function readPresenceStats(node: Node, channel: string): Promise<PresenceStats> {
  if (!checkChannel(node, channel).options.presence) throw refusal(108)
  return node.presence.stats(channel)
}
