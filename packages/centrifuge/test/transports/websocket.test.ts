import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { nextEvent } from '../support/client.ts'
import { connectRaw, openRaw, refusedStatus } from '../support/raw.ts'
import { startServer } from '../support/server.ts'

/** Asks for no subprotocol, whatever its user asks for. */
class Plain extends WebSocket {
  constructor(url: string) {
    super(url, [])
  }
}

describe('the encoding of a WebSocket', () => {
  it.each(['format=protobuf', 'cf_protocol=protobuf'])('can be chosen by ?%s', async (query) => {
    const { url } = await startServer()
    const client = new ProtobufCentrifuge(`${url}?${query}`, { websocket: Plain, token: 'ann' })
    onTestFinished(() => client.disconnect())
    const connected = nextEvent<{ transport: string }>(client, 'connected')
    client.connect()
    expect(await connected).toMatchObject({ transport: 'websocket' })
  })

  it.each([
    [['centrifuge-json'], 'centrifuge-json'],
    [['centrifuge-json', 'centrifuge-protobuf'], 'centrifuge-protobuf'],
  ])('is agreed on with who offers %o', async (offered, agreed) => {
    const { url } = await startServer()
    const ws = new WebSocket(url, offered)
    onTestFinished(() => ws.terminate())
    await once(ws, 'open')
    expect(ws.protocol).toBe(agreed)
  })

  it('holds whatever the kind of frame, as with Centrifugo', async () => {
    const { url } = await startServer({ rpc: async ({ data }) => data })
    const raw = await connectRaw(url)
    raw.ws.send(Buffer.from('{"id":2,"rpc":{"data":"binary"}}'), { binary: true })
    expect(await raw.message()).toEqual({ id: 2, rpc: { data: 'binary' } })
    const mistaken = await openRaw(`${url}?format=protobuf`)
    mistaken.send({ id: 1, connect: {} })
    expect(await mistaken.closed).toEqual({ code: 3501, reason: 'bad request' })
  })
})

describe("WebSocket's own pings, where a tool asks for them", () => {
  it('come in place of those of the protocol', async () => {
    const { url } = await startServer({ pingInterval: 100, pongTimeout: 90, rpc: async () => 'alive' })
    const raw = await openRaw(`${url}?cf_ws_frame_ping_pong=true`)
    raw.send({ id: 1, connect: { token: 'ann' } })
    expect(await raw.message()).toEqual({ id: 1, connect: { client: expect.any(String) as string } })
    for (let count = 0; count < 4; count++) await once(raw.ws, 'ping')
    raw.send({ id: 2, rpc: {} })
    expect(await raw.message()).toEqual({ id: 2, rpc: { data: 'alive' } })
  })

  it('close with 3012 who does not answer', async () => {
    const { url } = await startServer({ pingInterval: 100, pongTimeout: 90 })
    const raw = await openRaw(`${url}?cf_ws_frame_ping_pong=true`, { autoPong: false })
    raw.send({ id: 1, connect: { token: 'ann' } })
    expect(await raw.closed).toEqual({ code: 3012, reason: 'no pong' })
  })
})

describe('upgrades', () => {
  it('to other paths are left to others', async () => {
    const { url, http } = await startServer({ prefix: '/realtime' })
    const other = new WebSocketServer({ noServer: true })
    http.removeAllListeners('upgrade').on('upgrade', (request: IncomingMessage, socket: Duplex, head) => {
      expect(request.url).toBe('/connection/websocket')
      other.handleUpgrade(request, socket, head, (ws) => ws.close(4001, 'other'))
    })
    expect(await (await openRaw(url)).closed).toEqual({ code: 4001, reason: 'other' })
  })

  it('are refused with 503 when there is no room', async () => {
    const { url } = await startServer({ maxConnections: 1 })
    await connectRaw(url)
    expect(await refusedStatus(url)).toBe(503)
  })

  it.each([
    ['no connection asks for it', { upgrade: 'websocket' }, true],
    ['nobody listens for it', { upgrade: 'websocket', connection: 'Upgrade' }, false],
  ])('are answered 426 where %s', async (_name, headers, listens) => {
    const { base, http } = await startServer()
    if (!listens) http.removeAllListeners('upgrade')
    const asking = request(`${base}/connection/websocket`, { headers }).end()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    expect([response.statusCode, response.headers.upgrade]).toEqual([426, 'websocket'])
    expect(await text(response)).toBe('Upgrade Required\n')
  })

  it('are refused with a line of text', async () => {
    const { base } = await startServer()
    const headers = { upgrade: 'websocket', connection: 'Upgrade', origin: 'https://evil.example' }
    const asking = request(`${base}/connection/websocket`, { headers }).end()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    expect([response.statusCode, await text(response)]).toEqual([403, 'Forbidden\n'])
  })
})
