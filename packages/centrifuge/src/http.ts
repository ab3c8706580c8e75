import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Centrifuge } from './centrifuge.ts'
import { httpApi } from './http-api/http-api.ts'
import type { Node } from './node.ts'
import { httpTransports } from './transports/http-transports.ts'
import { websocketPath } from './transports/websocket.ts'

/** One that asks for an upgrade has been taken by then; whoever passes it on here has it answered no more. */
function answerHandshake({ headers }: IncomingMessage, response: ServerResponse): boolean {
  if (headers.upgrade === undefined) response.writeHead(426, { upgrade: 'websocket' }).end()
  return true
}

export type HandleRequest = (request: IncomingMessage, response: ServerResponse) => boolean

/** What of an HTTP request's path is ours: the transports that are on, and the HTTP API if there is a key. */
export function handleRequest(node: Node, centrifuge: () => Centrifuge): HandleRequest {
  const transports = httpTransports(node)
  const api = httpApi(node, centrifuge)
  return (request, response) => {
    const { prefix } = node.settings
    const path = request.url?.split('?')[0] ?? ''
    if (!path.startsWith(prefix)) return false
    const own = path.slice(prefix.length)
    if (own === websocketPath) return answerHandshake(request, response)
    return transports(request, response, own) || api(request, response, own)
  }
}
