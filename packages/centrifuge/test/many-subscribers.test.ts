import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createNode } from '../src/create-node.ts'
import { createMemoryEngine } from '../src/index.ts'
import { jsonCodec } from '../src/protocol/json-codec.ts'
import { createSession, type Subscription } from '../src/sessions/session.ts'
import { release } from '../src/subscriptions/broadcast.ts'
import { openSubscription } from '../src/subscriptions/open.ts'
import { checkPositions } from '../src/subscriptions/positions.ts'
import type { Transport } from '../src/transports/transport.ts'
import { losing } from './support/engines.ts'
import { channelsWith } from './support/server.ts'

const nowhere: Transport = {
  name: 'websocket',
  framing: (messages) => Buffer.concat(messages),
  write: () => undefined,
  bufferedBytes: () => 0,
  sentBytes: () => 0,
  pause: () => undefined,
  resume: () => undefined,
  close: () => undefined,
  terminate: () => undefined,
}

describe('a channel with very many subscribers', () => {
  it('keeps nobody else waiting when all of them have missed something', { timeout: 60_000 }, async () => {
    const engine = { ...losing(createMemoryEngine(), () => true), contiguous: false }
    const node = createNode({ engine, channel: channelsWith() })
    const subscriptions: Subscription[] = []
    for (let count = 0; count < 20_000; count++) {
      const session = createSession(nowhere, jsonCodec, {})
      const request = { channel: 'room', origin: 'client', decision: {} } as const
      const { subscription } = await openSubscription(node, session, request)
      release(node, subscription)
      subscriptions.push(subscription)
    }
    const channel = subscriptions[0]?.channel
    if (!channel) throw new Error('nobody subscribed')
    const retention = { size: 10, ttl: 60_000, metaTtl: 60_000 }
    await engine.publish('room', { data: '1' }, { retention })
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    await checkPositions(node, channel)
    const before = performance.now()
    vi.advanceTimersByTime(1000)
    expect(channel.subscriptions.size).toBe(0)
    expect(performance.now() - before).toBeLessThan(1500)
  })
})
