import { disconnect } from '../errors.ts'
import { extend, lifetime } from '../expiry.ts'
import { infoOf, type Node } from '../node.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { reply } from '../send.ts'
import { isClosed, type Session } from '../session.ts'

/** The new token of a client whose connection is its own to refresh. */
export async function refresh(node: Node, session: Session, command: CommandOf<'refresh'>): Promise<void> {
  const { token } = command.request
  if (!session.isClientRefreshed || token === '') throw disconnect('badRequest')
  const extended = await node.hooks.refresh?.({ ...infoOf(session), token })
  if (isClosed(session)) return
  if (!extended || hasPassed(extended.expireAt)) throw disconnect('expired')
  extend(node, session, extended.expireAt)
  const result = { client: session.client, ttl: lifetime(extended.expireAt) }
  reply(node, session, { id: command.id, method: 'refresh', result })
}

function hasPassed(expireAt: number | undefined): boolean {
  return expireAt !== undefined && expireAt * 1000 <= Date.now()
}
