import { disconnect, refusal } from '../errors.ts'
import { infoOf, type Node } from '../node.ts'
import { checkChannel } from '../open.ts'
import { jsonText } from '../payload.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { reply } from '../send.ts'
import type { Session } from '../session.ts'

export async function publish(node: Node, session: Session, command: CommandOf<'publish'>): Promise<void> {
  const { channel, data } = command.request
  if (channel === '') throw disconnect('badRequest')
  checkChannel(node, channel)
  if (data === undefined) throw refusal(107)
  if (!node.hooks.publish) throw refusal(103)
  const decision = (await node.hooks.publish({ ...infoOf(session), channel, data })) ?? {}
  if (!decision.handled) await place(node, session, channel, decision.data ?? data)
  reply(node, session, { id: command.id, method: 'publish', result: undefined })
}

async function place(node: Node, session: Session, channel: string, data: unknown): Promise<void> {
  const { user, client, info: connInfo } = session
  await node.engine.publish(channel, { data: jsonText(data), info: { user, client, connInfo } }, {})
}
