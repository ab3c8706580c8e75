import { closeSession } from './close.ts'
import { closings } from '../errors.ts'
import type { Node } from '../node.ts'
import type { Session } from './session.ts'

const maxConcurrentCloses = 128

/**
 * Closes a few sockets at a time, so that not all clients are back at the same moment, and lets the application hear of
 * each.
 */
export async function shutDown(node: Node): Promise<void> {
  node.isClosing = true
  const { promise: isLate, resolve: giveUp } = Promise.withResolvers<undefined>()
  const deadline = setTimeout(() => {
    terminateAll(node)
    giveUp(undefined)
  }, node.settings.shutdownTimeout)
  const waiting = node.sessions.values()
  await Promise.all(Array.from({ length: maxConcurrentCloses }, () => closeEach(node, waiting)))
  await Promise.race([notified(node), isLate])
  clearTimeout(deadline)
}

async function notified({ notifying }: Node): Promise<void> {
  while (notifying.size > 0) await Promise.all(notifying)
}

async function closeEach(node: Node, waiting: Iterable<Session>): Promise<void> {
  for (const session of waiting) await closeAndWait(node, session)
}

function closeAndWait(node: Node, session: Session): Promise<void> {
  return new Promise((resolve) => {
    session.onGone = resolve
    closeSession(node, session, closings.shutdown)
  })
}

function terminateAll(node: Node): void {
  for (const session of node.sessions) session.transport.terminate()
}
