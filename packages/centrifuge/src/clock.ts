import { closeSession } from './close.ts'
import { ClientError, closings, Disconnect } from './errors.ts'
import { extend } from './expiry.ts'
import { infoOf, report, type Node } from './node.ts'
import { send } from './send.ts'
import { isClosed, type Session } from './session.ts'

const maxTick = 1000
const ticksPerDeadline = 8

/** One timer for all connections: looks at every deadline about once a second. Returns how to stop it. */
export function startClock(node: Node): () => void {
  const { pingInterval, pongTimeout, staleTimeout } = node.settings
  const shortest = Math.min(...[pingInterval, pongTimeout, staleTimeout].filter((time) => time > 0))
  const timer = setInterval(() => tick(node), Math.min(maxTick, Math.ceil(shortest / ticksPerDeadline)))
  timer.unref()
  return () => clearInterval(timer)
}

function tick(node: Node): void {
  const now = performance.now()
  const unixNow = Date.now()
  for (const session of node.sessions) {
    if (isClosed(session)) continue
    if (now >= session.staleAt && session.state !== 'connected') closeSession(node, session, closings.stale)
    else if (now >= session.pongBy) closeSession(node, session, closings.noPong)
    else if (now >= session.pingAt) ping(node, session, now)
    if (unixNow >= session.expireAt && session.state === 'connected') void refresh(node, session)
  }
}

function ping(node: Node, session: Session, now: number): void {
  session.pingAt = now + node.settings.pingInterval
  session.pongBy = now + node.settings.pongTimeout
  send(node, session, session.codec.ping)
}

async function refresh(node: Node, session: Session): Promise<void> {
  session.expireAt = Infinity
  if (session.isClientRefreshed) {
    closeSession(node, session, closings.expired)
    return
  }
  try {
    const extended = await node.hooks.refresh?.(infoOf(session))
    if (!extended) closeSession(node, session, closings.expired)
    else extend(node, session, extended.expireAt)
  } catch (error) {
    if (error instanceof Disconnect) closeSession(node, session, error)
    else if (error instanceof ClientError) closeSession(node, session, closings.expired)
    else postpone(node, session, error)
  }
}

/** That the application is in trouble is no reason to drop its users. */
function postpone(node: Node, session: Session, error: unknown): void {
  report(node, error)
  session.expireAt = Date.now() + node.settings.refreshRetryDelay
}
