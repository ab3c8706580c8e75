import { refusal } from '../errors.ts'
import { infoOf, type Node } from '../node.ts'
import { optionalPayload } from '../payload.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { reply } from '../sessions/send.ts'
import type { Session } from '../sessions/session.ts'

export async function rpc(node: Node, session: Session, { id, request }: CommandOf<'rpc'>): Promise<void> {
  if (!node.hooks.rpc) throw refusal(104)
  const answer = await node.hooks.rpc({ ...infoOf(session), method: request.method, data: request.data })
  reply(node, session, {
    id,
    method: 'rpc',
    result: { data: optionalPayload(answer) },
  })
}
