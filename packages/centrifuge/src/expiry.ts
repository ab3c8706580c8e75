import type { Node } from './node.ts'
import type { Session } from './session.ts'

const maxSeconds = 365 * 86_400

/** From now on the connection expires at `expireAt`, in Unix seconds; never without. */
export function extend({ settings }: Node, session: Session, expireAt: number | undefined): void {
  const delay = session.isClientRefreshed ? settings.expiredCloseDelay : 0
  session.expireAt = expireAt ? expireAt * 1000 + delay : Infinity
}

/** The protocol's `ttl`: whole seconds, at least one and at most a year. */
export function lifetime(expireAt: number | undefined): number | undefined {
  if (!expireAt) return undefined
  return Math.min(Math.max(1, Math.ceil(expireAt - Date.now() / 1000)), maxSeconds)
}
