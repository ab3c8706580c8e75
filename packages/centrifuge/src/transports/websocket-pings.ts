import type { WebSocket } from 'ws'
import { closings } from '../errors.ts'
import type { Node } from '../node.ts'
import { closeSession } from '../sessions/close.ts'
import type { Session } from '../sessions/session.ts'

/** WebSocket's own pings, for tools that do not answer those of the protocol (`cf_ws_frame_ping_pong=true`). */
export function startPings(node: Node, session: Session, ws: WebSocket): void {
  const { pingInterval, pongTimeout } = node.settings
  if (pingInterval === 0) return
  let silence: NodeJS.Timeout | undefined
  const pings = setInterval(() => {
    ws.ping()
    if (pongTimeout > 0) silence = setTimeout(closeSession, pongTimeout, node, session, closings.noPong)
  }, pingInterval)
  ws.on('pong', () => clearTimeout(silence))
  ws.on('close', () => {
    clearInterval(pings)
    clearTimeout(silence)
  })
}
