import type { IncomingMessage, ServerResponse } from 'node:http'
import { report, type Node } from '../node.ts'
import { setCorsHeaders, setPreflightHeaders } from './cors.ts'
import { emulation } from './emulation.ts'
import type { Endpoint } from './endpoint.ts'
import { httpStream } from './http-stream.ts'
import { isOriginAllowed } from './origin.ts'
import { refuse } from './refuse.ts'
import { sse } from './sse.ts'

/** Takes a request to `path`, the prefix cut off; or answers false and leaves it alone. */
type HandlePath = (request: IncomingMessage, response: ServerResponse, path: string) => boolean

export function httpTransports(node: Node): HandlePath {
  const endpoints = endpointsOf(node)
  return (request, response, path) => {
    const endpoint = endpoints.get(path)
    if (!endpoint) return false
    // The close that follows says enough.
    response.on('error', () => undefined)
    void answer(node, endpoint, request, response).catch((error: unknown) => {
      report(node, error)
      response.destroy()
    })
    return true
  }
}

function endpointsOf({ settings }: Node): Map<string, Endpoint> {
  const endpoints = new Map<string, Endpoint>()
  if (settings.httpStream) endpoints.set('/connection/http_stream', httpStream)
  if (settings.sse) endpoints.set('/connection/sse', sse)
  if (endpoints.size > 0) endpoints.set('/emulation', emulation)
  return endpoints
}

async function answer(
  node: Node,
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const status = await serve(node, endpoint, request, response)
  if (status === 204) response.writeHead(204).end()
  else if (status) refuse(response, status)
}

function serve(
  node: Node,
  { methods, handle }: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): ReturnType<Endpoint['handle']> | number {
  if (!isOriginAllowed(request, node.settings.allowedOrigins)) return 403
  setCorsHeaders(request, response)
  const allowed = [...methods, 'OPTIONS'].join(', ')
  if (request.method === 'OPTIONS') {
    setPreflightHeaders(response, allowed)
    return 204
  }
  if (methods.some((method) => method === request.method)) return handle(node, request, response)
  response.setHeader('Allow', allowed)
  return 405
}
