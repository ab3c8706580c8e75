import type { FastifyInstance, HTTPMethods } from 'fastify'
import fs from 'node:fs'
import { expect } from 'vitest'

/** A request of a page, and what the page says is answered. */
export interface Example {
  method: HTTPMethods
  path: string
  headers: Record<string, string>
  payload: string
  /** Undefined where the page does not say. */
  reply: unknown
}

export const readPage = (name: string): string =>
  fs.readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), 'utf8')

/** In the order of the page. */
export function readExamples(page: string): Example[] {
  const blocks = page.matchAll(/```http\n(.*?)```(?:\s+```json\n(.*?)```)?/gs)
  return [...blocks].map(([, request = '', reply]) => ({
    ...parseRequest(request),
    reply: reply === undefined ? undefined : (JSON.parse(reply) as unknown),
  }))
}

/** As HTTP has it, but for the lengths and ends of its lines. */
function parseRequest(text: string): Omit<Example, 'reply'> {
  const [head = '', ...rest] = text.split('\n\n')
  const [line = '', ...lines] = head.trim().split('\n')
  const [method, path] = line.split(' ') as [HTTPMethods, string]
  const headers = Object.fromEntries(lines.map((header) => header.split(': ') as [string, string]))
  const payload = rest.join('\n\n')
  return {
    method,
    path,
    headers,
    payload: 'Content-Type' in headers ? payload.replaceAll('\n', '\r\n') : payload,
  }
}

/** Times, tokens, cursors and addresses are others each time. */
export function masked(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json), (_, value: unknown) => {
    if (typeof value !== 'string') return value
    if (/^http.*\/(uploads|blobs)\//.test(value)) return 'address'
    return value.replace(/^(\d{4}-\d\d-\d\dT[\d:.]+Z|eyJ[\w.-]+|[\w-]{40,})$/, (text) =>
      text.startsWith('eyJ') ? 'token' : text.includes(':') ? 'time' : 'cursor',
    )
  })
}

/** Runs the examples one after the other as the bearer of a token; each is answered as its page says. */
export async function runExamples(
  app: FastifyInstance,
  { token, examples }: { token: string; examples: Example[] },
  answered?: (example: Example, body: unknown) => Promise<void>,
): Promise<void> {
  for (const example of examples) {
    const { method, path, payload, reply } = example
    const type = payload === '' ? {} : { 'content-type': 'application/json' }
    const headers = { authorization: `Bearer ${token}`, ...type, ...lowerCase(example.headers) }
    const got = await app.inject({ method, url: path, headers, payload })
    const body: unknown = got.payload === '' ? null : got.json()
    expect([path, got.statusCode, body]).toEqual([path, expect.toBeOneOf([200, 201, 204]), body])
    if (reply !== undefined) expect([path, masked(body)]).toEqual([path, masked(reply)])
    await answered?.(example, body)
  }
}

const lowerCase = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
