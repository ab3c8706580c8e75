import { closings } from '../errors.ts'
import type { Node } from '../node.ts'
import { closeSession } from '../sessions/close.ts'
import { receive } from '../sessions/dispatch.ts'
import { isBinary, readBody } from './body.ts'
import { parseEmulation, type EmulationRequest } from './emulation-request.ts'
import type { Endpoint } from './endpoint.ts'

/** Commands of clients that have a stream to listen to and no way to speak through it. */
export const emulation: Endpoint = {
  methods: ['POST'],
  async handle(node, request) {
    const body = await readBody(request, node.settings.messageMaxBytes)
    if (typeof body === 'number') return body
    const emulated = parseEmulation(body, isBinary(request))
    return emulated ? deliver(node, emulated) : 400
  },
}

/** A client that sends faster than it is answered is answered later; one that goes on is closed, and comes back. */
async function deliver(node: Node, { node: id, session: secret, data }: EmulationRequest) {
  if (id !== node.id) return 404
  const session = node.emulated.get(secret)
  const isTaken = await session?.transport.gate?.pass(data, (frame) => receive(node, session, frame))
  if (!session || isTaken) return 204
  closeSession(node, session, closings.slow)
  return 429
}
