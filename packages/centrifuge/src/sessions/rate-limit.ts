import { disconnect } from '../errors.ts'
import type { Node } from '../node.ts'
import type { Session } from './session.ts'

/**
 * Takes one command out of what the connection may send: `commandsPerSecond` in the long run, `commandsBurst` at once.
 * False: refuse it with 111. Throws Disconnect (3013) when as many have been refused as may come at once.
 */
export function mayCommand({ settings }: Node, session: Session): boolean {
  const { commandsPerSecond: rate, commandsBurst: burst } = settings
  if (rate === 0) return true
  const now = performance.now()
  const regained = ((now - session.allowedAt) * rate) / 1000
  session.allowance = Math.min(burst, session.allowance + regained)
  session.allowedAt = now
  if (session.allowance === burst) session.refusals = 0
  if (session.allowance >= 1) {
    session.allowance--
    return true
  }
  if (++session.refusals > burst) throw disconnect('tooManyRequests')
  return false
}
