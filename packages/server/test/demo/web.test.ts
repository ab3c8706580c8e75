import type { FastifyInstance } from 'fastify'
import { PassThrough } from 'node:stream'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { prepareWebApp } from '../../src/demo/web-start.ts'
import { web, webMissing } from '../../src/demo/web.ts'
import { createApp } from '../../src/http/app.ts'
import { createLogger } from '../../src/logger.ts'
import { BUILD_MS } from './processes.ts'

let app: FastifyInstance
let shell: string

beforeAll(async () => {
  const folder = await prepareWebApp(process.stdout)
  app = await bareApp()
  await app.register(web, { folder: folder ?? '' })
  shell = (await get('/')).body
}, BUILD_MS)
afterAll(() => app.close())

const HOME = 'http://127.0.0.1:8080'

const bareApp = () =>
  createApp({
    config: readConfig({ PARLEY_PUBLIC_URL: HOME }),
    logger: createLogger('silent'),
    accepting: () => true,
  })

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { host: new URL(HOME).host, ...headers } })

/** What the shell refers to. */
const references = () =>
  new Set(Array.from(shell.matchAll(/(?:src|href)="([^"]*)"/g), ([, url]) => url ?? ''))
const script = () => [...references()].find((url) => /^\/_nuxt\/.*\.js$/.test(url)) ?? ''

describe('pages', () => {
  it.each(['/', '/products/101', '/auth', '/cabinet', '/cabinet/chats/7?from=list'])(
    'all are the shell: %s',
    async (url) => {
      const response = await get(url)
      expect(response.statusCode).toBe(200)
      expect(response.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(response.body).toBe(shell)
      const { host } = new URL(HOME)
      expect((await app.inject({ method: 'HEAD', url, headers: { host } })).statusCode).toBe(200)
    },
  )

  it.each([
    '/products',
    '/nothing',
    '/200.html',
    '/index.html',
    '/theme.js.br',
    '/_nuxt',
    '/_nuxt/',
    '/_nuxt/nothing.js',
    '/_nuxt/..%2f200.html',
    '/built-from',
  ])('are no others: %s', async (url) => {
    const response = await get(url, { accept: 'text/html' })
    expect(response.statusCode).toBe(404)
    expect(response.json()).toEqual({ error: { code: 'not_found', message: 'There is nothing here.' } })
  })

  it('may load what is here, be framed by nobody, and use no device', async () => {
    expect((await get('/auth')).headers).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: http://127.0.0.1:8080; connect-src 'self'; " +
        "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=(), microphone=(), geolocation=()') as string,
    })
  })

  it('refer to files that are here, and have nothing inline that would run', async () => {
    expect(references().size).toBeGreaterThan(2)
    for (const url of references()) {
      expect(url).toMatch(/^\/[^/]/)
      expect((await get(url)).statusCode, url).toBe(200)
    }
    const inline = shell.matchAll(/<script(?![^>]*\ssrc=)([^>]*)>/g)
    for (const [, attributes] of inline) expect(attributes).toContain('type="application/json"')
    expect(shell).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i)
  })
})

describe('files', () => {
  it('with a name of their content are kept for a year, others are asked for anew', async () => {
    const forAYear = 'public, max-age=31536000, immutable'
    expect((await get(script())).headers['cache-control']).toBe(forAYear)
    for (const url of ['/', '/theme.js', '/favicon.svg']) {
      const { headers } = await get(url)
      expect(headers['cache-control']).toBe('no-cache')
      const again = await get(url, { 'if-none-match': String(headers.etag) })
      expect(again.statusCode).toBe(304)
    }
  })

  it.each([
    ['br, gzip', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip, br;q=0', 'gzip', gunzipSync],
    ['identity', undefined, (bytes: Buffer) => bytes],
  ])('are sent as a client that accepts %s takes them', async (accepted, encoding, decompress) => {
    for (const url of ['/cabinet', script()]) {
      const whole = await get(url)
      const { headers, rawPayload } = await get(url, { 'accept-encoding': accepted })
      expect(headers['content-encoding']).toBe(encoding)
      expect(headers['content-type']).toBe(whole.headers['content-type'])
      expect(headers.vary).toContain('accept-encoding')
      expect(decompress(rawPayload).equals(whole.rawPayload)).toBe(true)
    }
  })
})

it('a server that came without it says so, and at its address too', async () => {
  const out = new PassThrough({ encoding: 'utf8' })
  expect(await prepareWebApp(out as unknown as NodeJS.WriteStream, null)).toBeNull() // of which it only writes
  expect(out.read()).toMatch(/^The web app \(apps\/web\) is not installed here[^\n]*\n$/)
  const bare = await bareApp()
  await bare.register(webMissing)
  expect((await bare.inject('/')).body).toContain('not installed here')
  expect((await bare.inject('/auth')).statusCode).toBe(404)
  await bare.close()
})
