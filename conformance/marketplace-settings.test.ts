import { afterEach, describe, expect, test, vi } from 'vitest'
import { listMessages, openConversation, send, sendImage, totalUnread } from './support/acts.ts'
import { hostCall, putProduct } from './support/host.ts'
import { request } from './support/http.ts'
import { picture } from './support/images.ts'
import { connect, type Listener } from './support/listener.ts'
import { createPerson, credentials, movedTo, vendorUrl } from './support/person.ts'
import { discard, startServer, type Server, type ServerOptions } from './support/server.ts'
import { failure } from './support/shape.ts'
import { within } from './support/wait.ts'

// Each test starts servers of its own, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 90_000 })

const running: Server[] = []
const listeners: Listener[] = []
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close()
  for (const server of running.splice(0).reverse()) {
    await server.stop()
    await discard(server)
  }
})

async function start(options: ServerOptions) {
  const server = await startServer(options)
  running.push(server)
  return server
}

describe('PARLEY_RATE_LIMIT', () => {
  test('answers 429 with Retry-After to the user who asks too often, and serves everybody else', async () => {
    const server = await start({ env: { PARLEY_RATE_LIMIT: '10' } })
    const [eager, calm] = [
      await createPerson(server, { id: 1, name: 'Eager' }),
      await createPerson(server, { id: 2, name: 'Calm' }),
    ]
    const statuses: number[] = []
    for (let n = 0; n < 10; n++) statuses.push((await eager.get('/conversations')).status)
    expect(statuses).toEqual(Array(10).fill(200))
    const refused = [await eager.get('/conversations'), await eager.post('/conversations', { product_id: 1 })]
    for (const reply of refused) {
      expect(Object.keys(failure(reply, 429, 'rate_limit_error'))).toEqual(['code', 'message'])
      const seconds = Number(reply.headers.get('retry-after'))
      expect(Number.isInteger(seconds)).toBe(true)
      expect(seconds).toBeGreaterThan(0)
      expect(seconds).toBeLessThanOrEqual(60)
    }
    expect(await totalUnread(calm)).toBe(0)
  })
})

describe('without PARLEY_HOST_TOKEN', () => {
  test('there is no host API: 404 whatever is asked, with or without a secret', async () => {
    const server = await start({ env: { PARLEY_HOST_TOKEN: undefined } })
    for (const [method, path] of [
      ['GET', '/users/1'],
      ['PUT', '/users/1'],
      ['POST', '/sessions'],
      ['GET', '/anything'],
    ] as const) {
      for (const authorization of [undefined, 'Bearer ', 'Bearer undefined']) {
        const reply = await hostCall(server, method, path, { headers: { authorization } })
        expect(reply.status, `${method} ${path} ${authorization}`).toBe(404)
      }
    }
    expect((await request('GET', `${server.url}/demo/sign-in/1`)).status, 'nor a demo').toBe(404)
  })
})

describe.each(['stop', 'kill'] as const)('a server that is started again after %s', (end) => {
  test('has kept sessions, messages and pictures, and its clients come back and miss nothing', async () => {
    const first = await start({})
    const seller = await createPerson(first, { id: 7, name: 'Seller' })
    const buyer = await createPerson(first, { id: 42, name: 'Buyer' })
    await putProduct(first, 123, { seller_id: '7', title: 'Bicycle', price: 10, status: 'active' })
    const { id } = await openConversation(buyer, 123)
    const listener = await connect(buyer)
    listeners.push(listener)
    const before = [await send(seller, id, 'Before'), await sendImage(seller, id, await picture('png', 9, 9))]
    await listener.saw('both messages', (events) => events.length >= 2)

    const connecting = new Promise<{ code: number }>((resolve) => listener.client.once('connecting', resolve))
    await first[end]()
    const { code } = await within(5000, () => 'the client to notice', connecting)
    expect(code, 'a code that makes the client come back').toBeLessThan(3500)
    running.pop()

    const second = await start({ data: first.data, env: { PARLEY_HOST_TOKEN: first.hostToken } })
    const [buyerNow, sellerNow] = [movedTo(second, buyer), movedTo(second, seller)]
    const after = await send(sellerNow, id, 'After')
    expect(await listener.restore(second.url)).toMatchObject({ wasRecovering: true, recovered: true })
    await listener.saw('the message after', (events) => events.length >= 3)
    const arrived = listener.received.map((event) =>
      event.type === 'message.new' ? event.data.message.id : event.type,
    )
    expect(arrived).toEqual([...before, after].map((message) => message.id))
    expect((await listMessages(buyerNow, id)).data.map((message) => message.id)).toEqual(arrived.reverse())
    expect(await totalUnread(buyerNow)).toBe(3)
    const image = new URL(before[1]?.image_url ?? '')
    expect((await request('GET', second.url + image.pathname)).status).toBe(200)
    const reply = await request('GET', vendorUrl(second, '/conversations'), {
      headers: credentials(buyer.session),
    })
    expect(reply.status).toBe(200)
  })
})
