import { describe, expect, it } from 'vitest'
import { nextMessage } from './support/lifeline.ts'
import { connectRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'

describe('a limit of 0 is none', () => {
  it('for channels and their names', async () => {
    const { url } = await startServer({ channelsPerClient: 0, channelMaxLength: 0 })
    const raw = await connectRaw(url)
    for (let id = 2; id < 202; id++) raw.send({ id, subscribe: { channel: `${id}`.repeat(200) } })
    for (let id = 2; id < 202; id++) expect(await raw.message()).toMatchObject({ id, subscribe: {} })
  })

  it('for server-side subscriptions', async () => {
    const channels = Array.from({ length: 200 }, (_, index) => `room${index}`)
    const connect = async () => ({ user: 'ann', channels })
    const { url, centrifuge } = await startServer({ channelsPerClient: 0, connect })
    await connectRaw(url)
    await centrifuge.subscribe('ann', 'another')
    expect(centrifuge.counts()).toMatchObject({ subscriptions: 201 })
  })

  it('for what waits for a client', async () => {
    const { url, centrifuge } = await startServer({ queueMaxBytes: 0, writeTimeout: 0 })
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room' } })
    await raw.message()
    const data = 'x'.repeat(100_000)
    await Promise.all(Array.from({ length: 30 }, () => centrifuge.publish('room', data)))
    for (let offset = 1; offset <= 30; offset++)
      expect(await raw.message()).toMatchObject({ push: { pub: { offset } } })
  })

  it('for messages', async () => {
    const { url } = await startServer({
      messageMaxBytes: 0,
      rpc: async ({ data }) => (data as string).length,
    })
    const raw = await connectRaw(url)
    raw.send({ id: 2, rpc: { data: 'x'.repeat(200_000) } })
    expect(await raw.message()).toEqual({ id: 2, rpc: { data: 200_000 } })
  })

  it('for the bodies of HTTP requests', async () => {
    const { base } = await startServer({ messageMaxBytes: 0 })
    const connect = { token: 'ann', data: 'x'.repeat(200_000) }
    const left = new AbortController()
    const response = await fetch(`${base}/connection/http_stream`, {
      method: 'POST',
      body: JSON.stringify({ id: 1, connect }),
      signal: left.signal,
    })
    expect(response.status).toBe(200)
    left.abort()
  })

  it('for history and recovery', async () => {
    const { url, centrifuge } = await startServer({
      historyMaxPublications: 0,
      recoveryMaxPublications: 0,
      channel: channelsWith({ history_size: 1000 }),
    })
    for (let data = 1; data <= 400; data++) await centrifuge.publish('room', data)
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true } })
    const { subscribe } = (await raw.message()) as { subscribe: { publications: unknown[] } }
    expect(subscribe).toMatchObject({ recovered: true })
    raw.send({ id: 3, history: { channel: 'room', limit: -1 } })
    const { history } = (await raw.message()) as { history: { publications: unknown[] } }
    expect([subscribe.publications.length, history.publications.length]).toEqual([400, 400])
  })

  it('for the time to answer a ping', async () => {
    const { url } = await startServer({ pingInterval: 40, pongTimeout: 0, rpc: async () => 'still here' })
    const raw = await connectRaw(url)
    for (let pings = 0; pings < 3; pings++) expect(await raw.message()).toEqual({})
    raw.send({}, {}, {}, { id: 2, rpc: {} })
    expect(await nextMessage(raw)).toMatchObject({ id: 2, rpc: { data: 'still here' } })
  })
})
