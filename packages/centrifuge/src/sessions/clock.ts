import { ClientError, closings, Disconnect, type Closing } from '../errors.ts'
import { infoOf, notify, report, type Node } from '../node.ts'
import { optionalPayload } from '../payload.ts'
import { expireSubscription } from '../subscriptions/end.ts'
import { checkPositions } from '../subscriptions/positions.ts'
import { showPresent } from '../subscriptions/presence.ts'
import { closeSession } from './close.ts'
import { extendSubscription, renew } from './expiry.ts'
import { send } from './send.ts'
import { isClosed, isLive, type Session, type Subscription } from './session.ts'

const maxTick = 1000
const ticksPerDeadline = 4

/** One timer for all connections: looks at every deadline about once a second. Returns how to stop it. */
export function startClock(node: Node): () => void {
  const { pingInterval, pongTimeout, staleTimeout, writeTimeout } = node.settings
  const { positionCheckInterval, presenceUpdateInterval } = node.settings
  const connection = [pingInterval, pongTimeout, staleTimeout, writeTimeout]
  const deadlines = [...connection, positionCheckInterval, presenceUpdateInterval]
  const shortest = Math.min(...deadlines.filter((time) => time > 0))
  const timer = setInterval(() => tick(node), Math.min(maxTick, Math.ceil(shortest / ticksPerDeadline)))
  timer.unref()
  return () => clearInterval(timer)
}

function tick(node: Node): void {
  const now = performance.now()
  const unixNow = Date.now()
  for (const session of node.sessions) if (!isClosed(session)) look(node, session, { now, unixNow })
  if (node.settings.positionCheckInterval === 0) return
  for (const channel of node.channels.values()) {
    if (now < channel.checkAt) continue
    channel.checkAt = now + node.settings.positionCheckInterval
    void checkPositions(node, channel)
  }
}

function look(node: Node, session: Session, { now, unixNow }: { now: number; unixNow: number }): void {
  const closing = overdue(node, session, now)
  if (closing) {
    closeSession(node, session, closing)
    return
  }
  if (now >= session.pingAt && !session.isPaused) ping(node, session, now)
  if (session.state !== 'connected') return
  if (now >= session.presenceAt) renewPresence(node, session, now)
  if (unixNow >= session.expireAt) void refresh(node, session)
  if (unixNow >= session.subExpireAt) refreshSubscriptions(node, session, unixNow)
}

function overdue(node: Node, session: Session, now: number): Closing | undefined {
  if (now >= session.staleAt && session.state !== 'connected') return closings.stale
  // Who is not read cannot be heard to answer.
  if (now >= session.pongBy && !session.isPaused) return closings.noPong
  return isBlocked(node, session, now) ? closings.writeError : undefined
}

/** The network has taken nothing of what waits for the client, for longer than it may. */
function isBlocked({ settings, counters }: Node, session: Session, now: number): boolean {
  const { transport } = session
  if (settings.writeTimeout === 0 || transport.bufferedBytes() === 0) {
    session.blockedAt = Infinity
    return false
  }
  const sent = transport.sentBytes()
  if (session.blockedAt === Infinity || sent !== session.sentBytes) {
    session.blockedAt = now
    session.sentBytes = sent
    return false
  }
  const isLate = now - session.blockedAt >= settings.writeTimeout
  if (isLate) counters.queueDrops++
  return isLate
}

function ping(node: Node, session: Session, now: number): void {
  session.pingAt = now + node.settings.pingInterval
  session.pongBy = now + (node.settings.pongTimeout || Infinity)
  send(node, session, session.codec.ping)
}

function renewPresence(node: Node, session: Session, now: number): void {
  session.presenceAt = now + node.settings.presenceUpdateInterval
  for (const subscription of session.subscriptions.values())
    if (!subscription.held) void notify(node, () => showPresent(node, subscription))
}

async function refresh(node: Node, session: Session): Promise<void> {
  session.expireAt = Infinity
  if (session.isClientRefreshed) {
    closeSession(node, session, closings.expired)
    return
  }
  try {
    const refreshed = await node.hooks.refresh?.(infoOf(session))
    if (!refreshed) {
      closeSession(node, session, closings.expired)
      return
    }
    renew(node, session, refreshed)
  } catch (error) {
    if (error instanceof Disconnect) closeSession(node, session, error)
    else if (error instanceof ClientError) closeSession(node, session, closings.expired)
    // That the application is in trouble is no reason to drop its users.
    else session.expireAt = postponed(node, error)
  }
}

function refreshSubscriptions(node: Node, session: Session, unixNow: number): void {
  session.subExpireAt = Infinity
  for (const subscription of session.subscriptions.values()) {
    if (subscription.expireAt > unixNow || subscription.held)
      session.subExpireAt = Math.min(session.subExpireAt, subscription.expireAt)
    else void refreshSubscription(node, subscription)
  }
}

async function refreshSubscription(node: Node, subscription: Subscription): Promise<void> {
  const { session, channel, isClientRefreshed } = subscription
  subscription.expireAt = Infinity
  if (isClientRefreshed) {
    expireSubscription(node, subscription)
    return
  }
  try {
    const refreshed = await node.hooks.subRefresh?.({ ...infoOf(session), channel: channel.name })
    if (!isLive(subscription)) return
    if (!refreshed) {
      expireSubscription(node, subscription)
      return
    }
    subscription.info = optionalPayload(refreshed.info) ?? subscription.info
    extendSubscription(node, subscription, refreshed.expireAt)
  } catch (error) {
    if (error instanceof Disconnect) closeSession(node, session, error)
    else if (error instanceof ClientError) expireSubscription(node, subscription)
    else extendSubscription(node, subscription, postponed(node, error) / 1000)
  }
}

/** When to ask again, in Unix milliseconds. */
function postponed(node: Node, error: unknown): number {
  report(node, error)
  return Date.now() + node.settings.refreshRetryDelay
}
