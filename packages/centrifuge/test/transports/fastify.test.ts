import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { centrifugePlugin } from '../../src/fastify.ts'
import { createCentrifuge, type Options } from '../../src/index.ts'
import { createClientBy, nextEvent, packed, unpacked, ways } from '../support/client.ts'
import { connectStream, openRaw, refusedStatus } from '../support/raw.ts'

describe.each(ways)('on a Fastify application, by $transport in $encoding', (way) => {
  it('clients are served', async () => {
    const { base } = await startApp({ rpc: async ({ data }) => data })
    const client = createClientBy(way, base)
    client.connect()
    const answer = await client.rpc('echo', packed(way, 'hello'))
    expect(unpacked(way, answer.data)).toBe('hello')
  })

  it('clients are told 3001 when the application closes, which they do not hold up', async () => {
    const { app, base } = await startApp()
    const client = createClientBy(way, base)
    client.connect()
    await client.ready()
    const closed = nextEvent(client, 'connecting')
    await app.close()
    expect(await closed).toEqual({ code: 3001, reason: 'shutdown' })
    client.disconnect()
  })
})

describe('beside Centrifuge', () => {
  it('an application goes on as it is', async () => {
    const { base } = await startApp()
    await connectStream(base)
    const headers = { 'content-type': 'application/json' }
    const post = async (path: string, body: string) => {
      const response = await fetch(base + path, { method: 'POST', headers, body })
      return [response.status, await response.json()]
    }
    expect(await post('/echo', '{"a":1}')).toEqual([200, { a: 1 }])
    expect(await post('/echo', 'no json')).toMatchObject([400, { statusCode: 400 }])
    expect(await post('/connection/echo', '{"b":2}')).toEqual([200, { b: 2 }])
    expect(await post('/nowhere', '{}')).toMatchObject([404, { message: 'Route POST:/nowhere not found' }])
    const { status } = await fetch(`${base}/connection/websocket`)
    expect(status).toBe(426)
  })

  it.each(['before', 'after'])(
    'an application may route upgrades %s it, as @fastify/websocket does',
    async (when) => {
      const app = Fastify()
      const route = (request: IncomingMessage, socket: Socket) => {
        const response = new ServerResponse(request)
        response.assignSocket(socket)
        app.routing(request, response)
      }
      if (when === 'before') app.server.on('upgrade', route)
      const { base } = await startApp({}, app)
      if (when === 'after') app.server.on('upgrade', route)
      const raw = await openRaw(`${base.replace('http', 'ws')}/connection/websocket`)
      raw.send({ id: 1, connect: {} }, { id: 2, rpc: {} })
      expect(await raw.message()).toMatchObject({ id: 1, connect: {} })
      expect(await raw.message()).toMatchObject({ id: 2, error: { code: 104 } })
    },
  )

  it('other WebSockets are served, and what nobody serves is refused', async () => {
    const { app, base } = await startApp()
    const url = base.replace('http', 'ws')
    expect(await refusedStatus(`${url}/elsewhere`)).toBe(404)
    const other = new WebSocketServer({ noServer: true })
    app.server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/other') return
      other.handleUpgrade(request, socket, head, (ws) => ws.close(4001, 'other'))
    })
    expect(await (await openRaw(`${url}/other`)).closed).toEqual({ code: 4001, reason: 'other' })
    const raw = await openRaw(`${url}/connection/websocket`)
    raw.send({ id: 1, connect: {} })
    expect(await raw.message()).toMatchObject({ id: 1, connect: {} })
  })
})

describe('the plugin', () => {
  it('may be registered for several Centrifuges, and what none of them serves is refused', async () => {
    const app = Fastify()
    const chat = createCentrifuge({ prefix: '/chat', allowAnonymous: true })
    await app.register(centrifugePlugin, { centrifuge: chat })
    const { base } = await startApp({ prefix: '/news' }, app)
    const url = base.replace('http', 'ws')
    for (const prefix of ['/chat', '/news']) {
      const raw = await openRaw(`${url}${prefix}/connection/websocket`)
      raw.send({ id: 1, connect: {} })
      expect(await raw.message()).toMatchObject({ id: 1, connect: {} })
    }
    expect(await refusedStatus(`${url}/elsewhere`)).toBe(404)
    await app.close()
  })

  it('refuses to be registered where its paths would not be served', async () => {
    const app = Fastify()
    const centrifuge = createCentrifuge({})
    onTestFinished(() => centrifuge.close())
    void app.register(async (scope) => {
      await scope.register(centrifugePlugin, { centrifuge })
    })
    await expect(app.ready()).rejects.toThrow('register the plugin on the application itself')
  })
})

async function startApp(options: Partial<Options> = {}, app = Fastify()) {
  const centrifuge = createCentrifuge({
    connect: async ({ token }) => ({ user: token }),
    httpStream: true,
    sse: true,
    ...options,
  })
  app.post('/echo', async ({ body }) => body)
  app.post('/connection/echo', async ({ body }) => body)
  await app.register(centrifugePlugin, { centrifuge })
  onTestFinished(() => app.close())
  return { app, base: await app.listen({ port: 0, host: '127.0.0.1' }) }
}
