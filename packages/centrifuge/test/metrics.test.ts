import { describe, expect, it } from 'vitest'
import { createCounters } from '../src/metrics/counters.ts'
import { prometheusText } from '../src/metrics/prometheus.ts'
import type { Metrics } from '../src/metrics/snapshot.ts'
import { createMemoryEngine } from '../src/index.ts'
import { connectClient } from './support/client.ts'
import { connectRaw } from './support/raw.ts'
import { startServer } from './support/server.ts'

describe('metrics', () => {
  it('say what is now and what has happened', async () => {
    const { url, centrifuge } = await startServer()
    const client = await connectClient(url)
    const subscription = client.newSubscription('room')
    subscription.subscribe()
    await subscription.ready()
    await centrifuge.publish('room', 1)
    const raw = await connectRaw(url, { token: 'bob' })
    raw.send({ id: 2, subscribe: { channel: 'none:x' } })
    await raw.message()
    centrifuge.disconnect({ user: 'bob' })
    await expect.poll(() => centrifuge.metrics().connections).toBe(1)
    const { commands, ...metrics } = centrifuge.metrics()
    expect(metrics).toMatchObject({
      connections: 1,
      users: 1,
      channels: 1,
      subscriptions: 1,
      connects: 2,
      publications: 1,
      deliveries: 1,
      queueDrops: 0,
      errors: { 102: 1 },
      disconnects: { 3503: 1 },
      recoveriesHit: 0,
      recoveriesMissed: 0,
    })
    expect(commands).toMatchObject({ connect: 2, subscribe: 2 })
  })

  it('count no publication that the engine did not take', async () => {
    const engine = { ...createMemoryEngine(), publish: () => Promise.reject(new Error('away')) }
    const { centrifuge } = await startServer({ engine })
    await expect(centrifuge.publish('room', 1)).rejects.toThrow('away')
    expect(centrifuge.metrics().publications).toBe(0)
  })

  it('are a copy', async () => {
    const { url, centrifuge } = await startServer()
    const before = centrifuge.metrics()
    await connectClient(url)
    expect(before).toMatchObject({ connections: 0, connects: 0, commands: {} })
  })
})

describe('the text for Prometheus', () => {
  const { errors, disconnects, commands, ...totals } = createCounters()
  const none: Metrics = {
    ...totals,
    connections: 0,
    users: 0,
    channels: 0,
    subscriptions: 0,
    errors: Object.fromEntries(errors),
    disconnects: Object.fromEntries(disconnects),
    commands: Object.fromEntries(commands),
  }

  it('names and explains every metric once, and ends its lines', () => {
    const text = prometheusText({
      ...none,
      connections: 3,
      recoveriesHit: 2,
      errors: { 102: 1, 107: 4 },
      disconnects: { 3503: 5 },
    })
    expect(text).toContain(
      '# HELP centrifuge_node_num_clients Number of clients connected.\n' +
        '# TYPE centrifuge_node_num_clients gauge\n' +
        'centrifuge_node_num_clients 3\n',
    )
    expect(text).toContain('centrifuge_client_num_reply_errors{code="102"} 1\n')
    expect(text).toContain('centrifuge_client_num_reply_errors{code="107"} 4\n')
    expect(text).toContain('centrifuge_client_num_server_disconnects{code="3503"} 5\n')
    expect(text).toContain('centrifuge_client_recover{recovered="yes"} 2\n')
    expect(text).toContain('centrifuge_client_recover{recovered="no"} 0\n')
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(
        /^(# (HELP|TYPE) centrifuge_[a-z_]+ .+|centrifuge_[a-z_]+(\{[a-z]+="[^"]*"\})? \d+)$/,
      )
    const types = text.match(/^# TYPE \S+/gm) ?? []
    expect(new Set(types).size).toBe(types.length)
    expect(text.endsWith('\n')).toBe(true)
  })

  it('escapes what labels say', () => {
    expect(prometheusText({ ...none, commands: { 'a"b\\c\nd': 1 } })).toContain(
      '{method="a\\"b\\\\c\\nd"} 1\n',
    )
  })
})
