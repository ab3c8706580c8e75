import { once } from 'node:events'
import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { refusedStatus } from '../support/raw.ts'
import { startServer } from '../support/server.ts'
import { connect, emulation, httpStream, send, sse, sseWithConnect, status } from './requests.ts'

const octets = { 'content-type': 'application/octet-stream' }

describe('HTTP endpoints', () => {
  it('are not there unless they are on, and /emulation with the first', async () => {
    const none = await startServer({ httpStream: false, sse: false })
    for (const path of [httpStream, sse, emulation])
      expect(await send(none.base + path)).toMatchObject({ status: 404 })
    const one = await startServer({ httpStream: false, sse: true })
    const found = [httpStream, sse, emulation].map(async (path) => (await send(one.base + path, '')).status)
    expect(await Promise.all(found)).toEqual([404, 400, 400])
  })

  it('are where the prefix says', async () => {
    const { base } = await startServer({ prefix: '/realtime' })
    expect(await send(`${base}/realtime${sseWithConnect}`)).toMatchObject({ status: 200 })
    expect(await send(base + sseWithConnect)).toMatchObject({ status: 404 })
  })

  it.each([
    [httpStream, 'GET', 'POST, OPTIONS'],
    [sse, 'PUT', 'GET, POST, OPTIONS'],
    [emulation, 'DELETE', 'POST, OPTIONS'],
  ])('%s knows no %s', async (path, method, allow) => {
    const { base } = await startServer()
    const response = await fetch(base + path, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
  })

  it.each([httpStream, sse, emulation])('%s cannot make sense of what is none', async (path) => {
    const { base, centrifuge } = await startServer()
    for (const body of ['', 'hello', '[1]', 'null', '{"id":1,"fly":{}}\n'])
      expect(await send(base + path, body)).toMatchObject({
        status: path === emulation && body.includes('fly') ? 404 : 400,
      })
    expect(await send(base + path, Buffer.from([0xff, 0xff]), octets)).toMatchObject({ status: 400 })
    expect(centrifuge.counts().connections).toBe(0)
  })

  it.each([httpStream, sse, emulation])(
    '%s takes no more than it may, and is there for the next',
    async (path) => {
      const { base, http } = await startServer({ messageMaxBytes: 1000 })
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      onTestFinished(() => agent.destroy())
      let connections = 0
      http.on('connection', () => connections++)
      expect(await status(base + path, { agent }, ['x'.repeat(1001)])).toBe(413)
      expect(
        await status(
          base + path,
          { agent },
          Array.from({ length: 500 }, () => 'x'.repeat(1001)),
        ),
      ).toBe(413)
      expect(await status(base + path, { agent }, ['x'.repeat(1000)])).toBe(400)
      expect(connections).toBe(1)
    },
  )

  it('survive requests that are broken off', async () => {
    const { base, http } = await startServer()
    const broken = request(base + emulation, { method: 'POST', headers: { 'Content-Length': 100 } })
    broken.on('error', () => undefined)
    broken.write('{')
    const [arrived] = (await once(http, 'request')) as [IncomingMessage]
    const gone = new Promise((resolve) => arrived.once('close', resolve))
    broken.destroy()
    await gone
    expect(await send(base + sseWithConnect)).toMatchObject({ status: 200 })
  })
})

describe('origins', () => {
  const allowed = 'https://app.example.com'
  const options = { allowedOrigins: ['https://*.example.com'] }

  it.each([httpStream, sse, emulation])('%s answers preflights', async (path) => {
    const { base } = await startServer(options)
    const headers = { origin: allowed, 'access-control-request-headers': 'content-type,x-own' }
    const response = await fetch(base + path, { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': allowed,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type,x-own',
      'access-control-allow-methods': path === sse ? 'GET, POST, OPTIONS' : 'POST, OPTIONS',
      'access-control-max-age': '300',
      vary: 'Origin',
    })
  })

  it.each([httpStream, sse, emulation])('%s lets nobody in from elsewhere', async (path) => {
    const { base, centrifuge } = await startServer(options)
    for (const method of ['OPTIONS', 'POST']) {
      const response = await fetch(base + path, { method, headers: { origin: 'https://evil.example' } })
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null])
      expect(await response.text()).toBe('Forbidden\n')
    }
    expect(centrifuge.counts().connections).toBe(0)
  })

  it('may read what they are let in to, and a page of the same host needs no leave', async () => {
    const { base } = await startServer(options)
    for (const origin of [allowed, base]) {
      const { status: code, headers } = await send(base + httpStream, connect, { origin })
      expect([code, headers.get('access-control-allow-origin')]).toEqual([200, origin])
    }
  })

  it.each([
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
  ])('are missed where a browser makes a request for anybody: %o', async (headers) => {
    const { base, url, centrifuge } = await startServer(options)
    for (const path of [sseWithConnect, httpStream, emulation])
      expect(await statusOf(base + path, { headers })).toBe(403)
    expect(await refusedStatus(url, { headers })).toBe(403)
    expect(centrifuge.counts().connections).toBe(0)
  })

  it('are not missed where a page asks its own host, or where there is no browser', async () => {
    const { base } = await startServer(options)
    const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
    expect(await statusOf(base + sseWithConnect, { headers })).toBe(200)
    expect(await statusOf(base + sseWithConnect, {})).toBe(200)
  })
})

describe('the address of server-sent events', () => {
  it.each([
    ['nothing', ''],
    ['another command', '{"id":1,"rpc":{}}'],
    ['two connects', `${connect}\n${connect}`],
    ['a command after the connect', `${connect}\n{"id":2,"publish":{"channel":"room","data":1}}`],
  ])('may not hold %s', async (_name, commands) => {
    const { base, centrifuge } = await startServer()
    const response = await send(`${base}${sse}?cf_connect=${encodeURIComponent(commands)}`)
    expect([response.status, centrifuge.counts().connections]).toEqual([400, 0])
  })
})

/** As `fetch`, which sets some of these headers itself. */
async function statusOf(url: string, options: RequestOptions): Promise<number | undefined> {
  const asking = request(url, options).end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  asking.destroy()
  return response.statusCode
}
