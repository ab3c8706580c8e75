import { once } from 'node:events'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as immediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectStream } from '../support/raw.ts'
import { startServer } from '../support/server.ts'
import { connect, httpStream, send, sse, sseWithConnect, until } from './requests.ts'

describe('streams', () => {
  it.each([
    [httpStream, connect, 'application/x-ndjson', /^{"id":1,.*}\n$/],
    [sse, connect, 'text/event-stream; charset=utf-8', /^\r\ndata: {"id":1,.*}\n\n$/],
    [sseWithConnect, undefined, 'text/event-stream; charset=utf-8', /^\r\ndata: {"id":1,.*}\n\n$/],
  ])('%s is for nobody to keep or hold back', async (path, body, type, text) => {
    const { base } = await startServer()
    const { status: code, headers, body: stream } = await send(base + path, body)
    expect([code, headers.get('content-type'), headers.get('x-accel-buffering')]).toEqual([200, type, 'no'])
    expect(headers.get('cache-control')).toContain('no-cache')
    expect(await until(stream, 'connect')).toMatch(text)
  })

  it.each([httpStream, sse])('%s is refused with 503 when there is no room', async (path) => {
    const { base } = await startServer({ maxConnections: 1 })
    await connectStream(base)
    expect(await send(base + path, connect)).toMatchObject({ status: 503 })
  })

  it('end after 3502 when nobody connects, and after 3501 on what is not to be', async () => {
    const { base } = await startServer({ staleTimeout: 30, connect: () => Promise.reject(new Error('no')) })
    const stale = await send(base + httpStream, connect)
    expect(await stale.text()).toContain('{"push":{"disconnect":{"code":3502,"reason":"stale"}}}\n')
    const wrong = await send(base + httpStream, '{"id":1,"rpc":{}}')
    expect(await wrong.text()).toBe('{"push":{"disconnect":{"code":3501,"reason":"bad request"}}}\n')
  })

  it('are closed with 3008 when they are not read, and cut when they are not read even then', async () => {
    const codes: number[] = []
    const { base, http, centrifuge } = await startServer({
      connect: async () => ({ user: 'ann', channels: ['room'] }),
      disconnected: ({ code }) => void codes.push(code),
      queueMaxBytes: 100_000,
      closeTimeout: 50,
    })
    const opening = request(base + httpStream, { method: 'POST' }).end(connect)
    onTestFinished(() => void opening.destroy())
    const [socket] = (await once(http, 'connection')) as [Socket]
    const cut = once(socket, 'close')
    await once(opening, 'response')
    while (codes.length === 0) {
      await centrifuge.publish('room', 'x'.repeat(50_000))
      await immediate()
    }
    await cut
    expect([codes, centrifuge.counts().connections]).toEqual([[3008], 0])
  })
})
