import { createDelta } from 'fossil-delta'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { connectClient, createClientBy } from './support/client.ts'
import { recordEvents } from './support/record.ts'
import { channelsWith, startServer } from './support/server.ts'
import { subscribeClient } from './support/subscribe.ts'

// Counted, and done as ever; in modules of this file's own.
vi.mock('fossil-delta', { spy: true })
vi.hoisted(() => vi.resetModules())
afterAll(() => void vi.resetModules())

const channel = channelsWith({ allowed_delta_types: ['fossil'], delta_publish: true })

describe('the difference between two publications', () => {
  it('is made once for all subscribers, whatever their encoding', async () => {
    const { url, base, centrifuge } = await startServer({ channel })
    const protobuf = createClientBy({ transport: 'websocket', encoding: 'protobuf' }, base)
    protobuf.connect()
    const bytes = protobuf.newSubscription('room', { delta: 'fossil' })
    const received = recordEvents(bytes, 'publication')
    bytes.subscribe()
    await bytes.ready()
    const texts = await subscribeClient(await connectClient(url), 'room', { delta: 'fossil' })
    await centrifuge.publish('room', { text: 'x'.repeat(500), count: 1 })
    vi.mocked(createDelta).mockClear()
    await centrifuge.publish('room', { text: 'x'.repeat(500), count: 2 })
    await Promise.all([received.first(2), texts.publications.first(2)])
    expect(createDelta).toHaveBeenCalledTimes(1)
  })

  it('is not looked for in what is large', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room', {
      delta: 'fossil',
    })
    vi.mocked(createDelta).mockClear()
    for (const count of [1, 2]) await centrifuge.publish('room', { text: 'x'.repeat(20_000), count })
    await publications.first(2)
    expect(subscription.state).toBe('subscribed')
    expect(createDelta).not.toHaveBeenCalled()
    await centrifuge.publish('room', { text: 'x'.repeat(10_000), count: 3 })
    await centrifuge.publish('room', { text: 'x'.repeat(10_000), count: 4 })
    await publications.first(4)
    expect(createDelta).toHaveBeenCalledTimes(1)
  })
})
