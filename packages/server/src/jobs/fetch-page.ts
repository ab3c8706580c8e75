import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { guardedLookup, hostOf } from './guarded-lookup.ts'
import type { Resolve } from './guarded-lookup.ts'
import { isPublic } from './public-addresses.ts'

const MOST_BYTES = 512 * 1024
const MOST_REDIRECTS = 3
const TIMEOUT_MS = 5_000
const PORTS = ['', '80', '443']

export interface Page {
  /** Where it was found in the end. */
  url: URL
  html: string
}

export interface FetchOptions {
  /** `address:port` of servers that are fetched from although nobody should, such as a test's own. */
  allow?: string[]
  resolve?: Resolve
  signal?: AbortSignal
}

/** What will not change by asking again. */
export class NotFetched extends Error {
  override readonly name = 'NotFetched'
}

/**
 * Fetches an HTML page from the public internet: at most 512 KB of it, within 5 seconds, over at most 3 redirects, each
 * of which is checked like the first address. Throws NotFetched where there is none; other errors may pass.
 */
export async function fetchPage(link: string, options: FetchOptions = {}): Promise<Page> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  let url = new URL(link)
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await get(url, options, signal)
    try {
      const next = redirectOf(response, url)
      if (next === null) return { url, html: await readHtml(response) }
      url = next
    } finally {
      response.destroy()
    }
  }
  throw new NotFetched('too many redirects')
}

async function get(url: URL, options: FetchOptions, signal: AbortSignal): Promise<http.IncomingMessage> {
  checkUrl(url, options)
  const headers = {
    accept: 'text/html',
    'accept-encoding': 'identity',
    'user-agent': 'Parley (link preview)',
  }
  const isAllowedHere = (address: string) => isPublic(address) || isAllowed(address, url, options)
  const refusal = new NotFetched('not on the public internet')
  const lookup = guardedLookup({ isAllowed: isAllowedHere, refusal, resolve: options.resolve })
  const client = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    client.get(url, { agent: false, headers, lookup, signal }).on('response', resolve).on('error', reject)
  })
}

function checkUrl(url: URL, options: FetchOptions): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new NotFetched('neither http nor https')
  if (url.username !== '' || url.password !== '') throw new NotFetched('has credentials')
  const host = hostOf(url)
  if (isAllowed(host, url, options)) return
  if (!PORTS.includes(url.port)) throw new NotFetched('on another port')
  if (isIP(host) !== 0 && !isPublic(host)) throw new NotFetched('not on the public internet')
}

const isAllowed = (address: string, url: URL, { allow = [] }: FetchOptions) =>
  allow.includes(`${address}:${url.port}`)

/** Null for what is no redirect. */
function redirectOf({ statusCode = 0, headers: { location } }: http.IncomingMessage, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return null
  if (!URL.canParse(location, from.href)) throw new NotFetched('redirected nowhere')
  return new URL(location, from)
}

async function readHtml(response: http.IncomingMessage): Promise<string> {
  const { statusCode = 0, headers } = response
  if (statusCode === 429 || statusCode >= 500) throw new Error(`status ${statusCode}`)
  if (statusCode !== 200) throw new NotFetched(`status ${statusCode}`)
  const type = headers['content-type'] ?? ''
  if (!/^text\/html\b/i.test(type)) throw new NotFetched('not HTML')
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new NotFetched('compressed')
  return decode(await readStart(response), type)
}

async function readStart(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= MOST_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MOST_BYTES)
}

/** By the header's charset, or the one that the page begins with. */
function decode(bytes: Buffer, type: string): string {
  const charset = /charset\s*=\s*["']?([\w-]+)/i
  const [, label = 'utf-8'] = charset.exec(type) ?? charset.exec(bytes.toString('latin1', 0, 1024)) ?? []
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}
