import { closings, Disconnect, type Closing } from '../errors.ts'
import { count } from '../metrics/counters.ts'
import { infoOf, notify, report, type Node } from '../node.ts'
import { leave } from '../subscriptions/leave.ts'
import { flush } from './flush.ts'
import type { Session } from './session.ts'

const maxReasonBytes = 123

/** The socket goes first: what follows may be slow, and the client may already be back on another one. */
export function closeSession(node: Node, session: Session, { code, reason }: Closing): void {
  if (session.state === 'closed') return
  const wasConnected = session.state === 'connected'
  session.state = 'closed'
  if (code !== closings.connectionClosed.code) count(node.counters.disconnects, code)
  if (code === closings.slow.code) node.counters.queueDrops++
  if (code !== closings.slow.code) flush(session, new Map())
  session.outbox = []
  session.headers = undefined
  session.transport.close(code, safeReason(reason))
  // The client's own close frame has to be read.
  if (session.isPaused) session.transport.resume()
  forget(node, session)
  settleTasks(session)
  if (wasConnected) void notify(node, () => sayGoodbye(node, session, { code, reason }))
}

/** Commands get no answer any more; the server API waits for what it wanted, and finds that there is nobody. */
function settleTasks(session: Session): void {
  for (const task of session.tasks.splice(0)) if (typeof task === 'function') void task()
}

/** Not before the application has dealt with the hello. */
async function sayGoodbye(node: Node, session: Session, closing: Closing): Promise<void> {
  await session.greeted
  await node.hooks.disconnected?.({ ...infoOf(session), ...closing })
}

/** Closes a session upon what was thrown while it was served; a fault that is no decision to close is reported. */
export function failSession(node: Node, session: Session, error: unknown): void {
  if (!(error instanceof Disconnect)) report(node, error)
  closeSession(node, session, error instanceof Disconnect ? error : closings.internal)
}

/** Takes a session out of its channels and from its user. */
export function forget(node: Node, session: Session): void {
  for (const subscription of [...session.subscriptions.values()]) leave(node, subscription)
  const sessions = node.users.get(session.user)
  if (sessions?.delete(session) && sessions.size === 0) node.users.delete(session.user)
}

/** The official client reconnects when a reason is empty, and obeys one that is JSON; a close frame holds 123 bytes. */
function safeReason(reason: string): string {
  const plain = isJson(reason) ? `reason ${reason}` : reason.trim() || 'closed'
  const bytes = Buffer.from(plain).subarray(0, maxReasonBytes)
  return new TextDecoder().decode(bytes, { stream: true })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
