import type { AddressInfo } from 'node:net'
import type { Options } from '../../src/index.ts'
import { startServer } from '../support/server.ts'

export const apiKey = 'secret'

/** Channels with all there is, and `bare:` ones with nothing. */
const channel = {
  without_namespace: { history_size: 10, history_ttl: '10m', force_recovery: true, presence: true },
  namespaces: [{ name: 'bare' }],
}

interface ApiRequest extends Omit<RequestInit, 'headers'> {
  headers?: Record<string, string>
  /** Needed where the body is a stream. */
  duplex?: 'half'
}

interface Answer {
  status: number
  type: string | null
  body: unknown
}

/** A server with the HTTP API on. */
export async function startApi(options: Partial<Options> = {}) {
  const server = await startServer({ apiKey, channel, ...options })
  const { port } = server.http.address() as AddressInfo
  const fetchApi = (path: string, { headers, ...init }: ApiRequest = {}) =>
    fetch(`http://127.0.0.1:${port}/api/${path}`, {
      method: 'POST',
      ...init,
      headers: { 'x-api-key': apiKey, ...headers },
    })
  const post = async (
    method: string,
    request: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => read(await fetchApi(method, { body: JSON.stringify(request), headers }))
  /** The result; an error is thrown. */
  const call = async (method: string, request: unknown): Promise<unknown> => {
    const { status, body } = await post(method, request)
    if (status !== 200 || !isObject(body) || !('result' in body)) throw new Error(JSON.stringify(body))
    return body.result
  }
  return { ...server, port, fetchApi, post, call }
}

export async function read(response: Response): Promise<Answer> {
  const { status, headers } = response
  const type = headers.get('content-type')
  const text = await response.text()
  return { status, type, body: type === 'application/json' ? (JSON.parse(text) as unknown) : text }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
