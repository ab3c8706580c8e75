import type { Refreshed } from '../hooks.ts'
import type { Node } from '../node.ts'
import { optionalPayload } from '../payload.ts'
import type { Session, Subscription } from './session.ts'

const maxSeconds = 365 * 86_400

/** From now on the connection expires at `expireAt`, in Unix seconds; never without. */
export function extend({ settings }: Node, session: Session, expireAt: number | undefined): void {
  session.expireAt = deadline(expireAt, session.isClientRefreshed ? settings.expiredCloseDelay : 0)
}

/** What the application, or a new token, says of a connection from now on. */
export function renew(node: Node, session: Session, { expireAt, info, meta }: Refreshed): void {
  session.info = optionalPayload(info) ?? session.info
  session.meta = meta ?? session.meta
  extend(node, session, expireAt)
}

export function extendSubscription(
  { settings }: Node,
  subscription: Subscription,
  expireAt: number | undefined,
): void {
  const { session, isClientRefreshed } = subscription
  subscription.expireAt = deadline(expireAt, isClientRefreshed ? settings.expiredSubCloseDelay : 0)
  session.subExpireAt = Math.min(session.subExpireAt, subscription.expireAt)
}

/** The protocol's `ttl`: whole seconds, at least one and at most a year. */
export function lifetime(expireAt: number | undefined): number | undefined {
  if (!expireAt) return undefined
  return Math.min(Math.max(1, Math.ceil(expireAt - Date.now() / 1000)), maxSeconds)
}

export function hasPassed(expireAt: number | undefined): boolean {
  return Boolean(expireAt) && deadline(expireAt, 0) <= Date.now()
}

function deadline(expireAt: number | undefined, delay: number): number {
  return expireAt ? expireAt * 1000 + delay : Infinity
}
