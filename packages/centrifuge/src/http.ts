import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Centrifuge } from './centrifuge.ts'
import { httpApi } from './http-api/http-api.ts'
import type { Node } from './node.ts'
import { httpTransports } from './transports/http-transports.ts'
import { pathOf } from './transports/query.ts'
import { refuse } from './transports/refuse.ts'
import { isUpgraded, websocketPath } from './transports/websocket.ts'

export type HandleRequest = (request: IncomingMessage, response: ServerResponse) => boolean

/** What of an HTTP request's path is ours: the transports that are on, and the HTTP API if there is a key. */
export function handleRequest(node: Node, centrifuge: () => Centrifuge): HandleRequest {
  const transports = httpTransports(node)
  const api = httpApi(node, centrifuge)
  return (request, response) => {
    const { prefix } = node.settings
    const path = pathOf(request)
    if (!path.startsWith(prefix)) return false
    const own = path.slice(prefix.length)
    if (own === websocketPath) return answerHandshake(request, response)
    return transports(request, response, own) || api(request, response, own)
  }
}

/** Some routers pass on requests whose upgrade has been taken already, and answered. */
function answerHandshake(request: IncomingMessage, response: ServerResponse): boolean {
  if (isUpgraded(request)) return true
  response.setHeader('Connection', 'Upgrade')
  response.setHeader('Upgrade', 'websocket')
  refuse(response, 426)
  return true
}
