import type { IncomingMessage, ServerResponse } from 'node:http'

const preflightSeconds = 300

/** To a request whose origin has been found allowed. */
export function setCorsHeaders(request: IncomingMessage, response: ServerResponse): void {
  const { origin, 'access-control-request-headers': requested } = request.headers
  response.setHeader('Vary', 'Origin')
  if (origin === undefined) return
  response.setHeader('Access-Control-Allow-Origin', origin)
  response.setHeader('Access-Control-Allow-Credentials', 'true')
  if (requested) response.setHeader('Access-Control-Allow-Headers', requested)
}

export function setPreflightHeaders(response: ServerResponse, methods: string): void {
  response.setHeader('Access-Control-Allow-Methods', methods)
  response.setHeader('Access-Control-Max-Age', preflightSeconds)
}
