import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Centrifuge } from '../centrifuge.ts'
import { report, type Node } from '../node.ts'
import { readBody } from '../transports/body.ts'
import { hasKey } from './key.ts'
import { errorView, type Api, type ApiError, type Method } from './method.ts'
import { endpoint } from './methods.ts'

/** A broadcast to ten thousand channels fits, and nobody can fill the memory with one request. */
const maxBodyBytes = 1_048_576

const statuses = new Map([
  [102, 404],
  [104, 404],
  [107, 400],
  [108, 400],
  [112, 416],
  [113, 409],
])

interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/**
 * The HTTP API of Centrifugo, for backends in any language (centrifugal.dev, "Server HTTP API"). Answers false for what
 * is another's: paths that name no method of it, and all when there is no key.
 */
export function httpApi(
  node: Node,
  centrifuge: () => Centrifuge,
): (request: IncomingMessage, response: ServerResponse, path: string) => boolean {
  return (request, response, path) => {
    const run = path.startsWith('/api/') ? endpoint(path.slice('/api/'.length)) : undefined
    if (node.settings.apiKey === '' || !run) return false
    const api = { node, centrifuge: centrifuge() }
    // Nobody is left to hear the answer.
    response.on('error', () => undefined)
    serve(api, request, run)
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
      .catch((error: unknown) => {
        report(node, error)
        response.destroy()
      })
    return true
  }
}

async function serve(api: Api, request: IncomingMessage, run: Method): Promise<Answer> {
  if (!hasKey(request, api.node.settings.apiKey)) return { ...refused(401), body: '' }
  if (request.method !== 'POST') return refused(405, { allow: 'POST' })
  const bytes = await readBody(request, maxBodyBytes)
  if (typeof bytes === 'number') return refused(bytes)
  const body = parseJson(bytes)
  if (body === undefined) return refused(400)
  try {
    return json(200, await run(api, body))
  } catch (error) {
    return failure(request, errorView(api, error))
  }
}

function failure({ headers }: IncomingMessage, error: ApiError): Answer {
  if (headers['x-centrifugo-error-mode'] !== 'transport') return json(200, { error })
  return json(statuses.get(error.code) ?? 500, error)
}

function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function refused(status: number, headers: Answer['headers'] = {}): Answer {
  const type = { 'content-type': 'text/plain; charset=utf-8' }
  return { status, headers: { ...type, ...headers }, body: STATUS_CODES[status] ?? '' }
}

/** Undefined where it is none. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown
  } catch {
    return undefined
  }
}
