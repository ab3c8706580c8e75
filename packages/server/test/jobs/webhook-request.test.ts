import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Delivery } from '../../src/db/webhooks.ts'
import { sendDelivery } from '../../src/jobs/webhook-request.ts'
import type { RequestOptions } from '../../src/jobs/webhook-request.ts'
import { openReceiver } from '../support/receiver.ts'
import type { Receiver } from '../support/receiver.ts'

const delivery: Delivery = {
  id: 'some',
  type: 'participant.left',
  conversationId: 1,
  userId: 'ann',
  happenedAt: new Date(),
  attempts: 1,
}
const loopback = { address: '127.0.0.1', family: 4 }
const somewhere = { address: '93.184.215.14', family: 4 }
let receiver: Receiver

beforeAll(async () => {
  receiver = await openReceiver()
})
afterAll(() => receiver.close())
beforeEach(() => {
  Object.assign(receiver, { calls: [], connections: 0, answer: () => 200 })
})

/** `host` is how the receiver is called. */
function send(host: string, options: Partial<RequestOptions> = {}): Promise<number> {
  const url = new URL(receiver.url.replace('127.0.0.1', host))
  const { signal } = new AbortController()
  return sendDelivery(url, delivery, {
    secret: 'secret',
    allowPrivate: false,
    timeoutMs: 10_000,
    signal,
    ...options,
  })
}

it.each([
  ['127.0.0.1', []],
  ['[::1]', []],
  ['[::ffff:127.0.0.1]', []],
  ['0.0.0.0', []],
  ['2130706433', []],
  ['hooks.example.com', [loopback]],
  ['hooks.example.com', [somewhere, loopback]],
  ['hooks.example.com', []],
])('a webhook is not sent to %s where that is %j', async (host, addresses) => {
  const sent = send(host, { resolve: () => Promise.resolve(addresses) })
  await expect(sent).rejects.toThrow('not on the public internet')
  expect(receiver.connections).toBe(0)
})

it('a webhook is not sent to this machine by its name', async () => {
  await expect(send('localhost')).rejects.toThrow('not on the public internet')
  expect(receiver.connections).toBe(0)
})

it('a webhook is sent to neighbours where that is allowed', async () => {
  expect(await send('127.0.0.1', { allowPrivate: true })).toBe(200)
  expect(receiver.calls).toHaveLength(1)
})

it.each([301, 302, 303, 307, 308])('a webhook does not follow a %i', async (status) => {
  receiver.answer = () => status
  expect(await send('127.0.0.1', { allowPrivate: true })).toBe(status)
  expect(receiver.calls.map(({ path }) => path)).toEqual(['/'])
})

it('a webhook is given up where no answer comes in time, or it is told to stop', async () => {
  receiver.answer = () => null
  await expect(send('127.0.0.1', { allowPrivate: true, timeoutMs: 20 })).rejects.toThrow('aborted')
  const signal = AbortSignal.abort()
  await expect(send('127.0.0.1', { allowPrivate: true, signal })).rejects.toThrow('aborted')
})
