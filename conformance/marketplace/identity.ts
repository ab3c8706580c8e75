import { describe, expect, test } from 'vitest'
import { anotherDevice, credentials, vendorUrl } from '../support/person.ts'
import { send, totalUnread } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { endSession, eraseUser, openSession, putUser } from '../support/host.ts'
import { request } from '../support/http.ts'
import { listen } from '../support/listener.ts'
import { failure } from '../support/shape.ts'
import { until, within } from '../support/wait.ts'
import { bearer, tokenOf } from './tokens.ts'

const UNAUTHORIZED = { disconnect: { code: 4501, reason: 'unauthorized' } }

export function identity(chat: Chat) {
  const nobody: Record<string, string> = {}
  const garbage = { cookie: 'PARTIZAP_SESSION=garbage' }
  /** The session and the token of somebody who has been erased. */
  async function erased() {
    const person = await chat.person()
    await eraseUser(chat.server(), person.id)
    return [credentials(person.session), bearer(tokenOf(person))]
  }
  const unreadCount = (headers: Record<string, string>) =>
    request('GET', vendorUrl(chat.server(), '/conversations/unread-count'), { headers })

  const connectProxy = (headers: Record<string, string>) =>
    request('POST', `${chat.server().url}/api/centrifugo/connect`, {
      headers,
      json: {
        client: '9336a229-2400-4ebc-8c50-0a643d22e8a0',
        transport: 'websocket',
        protocol: 'json',
        encoding: 'json',
        name: 'js',
        version: '5.8.0',
      },
    })

  async function ending(headers: Record<string, string>) {
    const listener = listen(chat.server().url, headers, '0')
    try {
      return await within(8000, () => 'a terminal disconnect', listener.disconnected)
    } finally {
      listener.client.disconnect()
    }
  }

  describe('the session', () => {
    test('lasts as long as the host said', async () => {
      const { id } = await chat.person()
      const session = await openSession(chat.server(), String(id), 1)
      expect(Date.parse(session.expires_at) - Date.now()).toBeLessThanOrEqual(2000)
      expect((await unreadCount(credentials(session))).status).toBe(200)
      const answer = await until(
        'the session to expire',
        () => unreadCount(credentials(session)),
        ({ status }) => status !== 200,
      )
      failure(answer, 401, 'authentication_error')
      expect((await connectProxy(credentials(session))).body).toEqual(UNAUTHORIZED)
    })

    test('ends at once when the host ends it, and only that one', async () => {
      const person = await chat.person()
      const device = await anotherDevice(person)
      const [kept, closed] = [await chat.connect(person), await chat.connect(device)]
      await endSession(chat.server(), device.session.session)
      failure(await device.get('/conversations'), 401, 'authentication_error')
      await within(8000, () => 'the connection of the ended session to close for good', closed.disconnected)
      await chat.settled(person, kept)
      expect(kept.client.state).toBe('connected')
      await endSession(chat.server(), device.session.session)
    })

    test('is never shown again: neither in headers nor in bodies', async () => {
      const person = await chat.person()
      const reply = await person.get('/conversations')
      expect(reply.bytes.toString()).not.toContain(person.session.session)
      expect(JSON.stringify([...reply.headers])).not.toContain(person.session.session)
    })
  })

  describe('POST /api/centrifugo/connect', () => {
    test('names the user and the personal channel, without a CSRF token', async () => {
      const person = await chat.person()
      const reply = await connectProxy({ cookie: `PARTIZAP_SESSION=${person.session.session}` })
      expect(reply.status).toBe(200)
      expect(reply.body).toStrictEqual({
        result: { user: String(person.id), channels: [`personal:#${person.id}`] },
      })
    })

    test('answers as the document prints it for user 42', async () => {
      await putUser(chat.server(), '42', { display_name: 'Forty-two' })
      const reply = await connectProxy(credentials(await openSession(chat.server(), '42')))
      expect(reply.body).toStrictEqual({ result: { user: '42', channels: ['personal:#42'] } })
    })

    test('disconnects for good whoever has no session, with status 200 as Centrifugo wants it', async () => {
      const ended = await chat.person()
      await endSession(chat.server(), ended.session.session)
      for (const headers of [nobody, garbage, credentials(ended.session), ...(await erased())]) {
        const reply = await connectProxy(headers)
        expect([reply.status, reply.body]).toStrictEqual([200, UNAUTHORIZED])
      }
    })
  })

  describe('/connection/websocket', () => {
    test('connects by the cookie alone and subscribes to the personal channel', async () => {
      const person = await chat.person()
      const listener = await chat.connect(person)
      expect(listener.subscriptions).toHaveLength(1)
      expect(listener.subscriptions[0]).toMatchObject({
        channel: `personal:#${person.id}`,
        recoverable: true,
      })
      expect(await totalUnread(person)).toBe(0)
    })

    test('closes with 4501 unauthorized, which is terminal, when there is no session', async () => {
      for (const headers of [nobody, garbage, ...(await erased())]) {
        expect(await ending(headers)).toEqual({ code: 4501, reason: 'unauthorized' })
      }
    })

    test('lets nobody choose a channel: the personal channel of another cannot be subscribed', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(buyer)
      const heard: unknown[] = []
      const subscription = listener.client.newSubscription(`personal:#${seller.id}`)
      subscription.on('publication', ({ data }) => heard.push(data))
      const refused = new Promise((resolve) => subscription.once('unsubscribed', resolve))
      subscription.subscribe()
      await within(5000, () => 'the subscription to be refused', refused)
      await expect(listener.client.publish(`personal:#${seller.id}`, { forged: true })).rejects.toBeDefined()
      const forSeller = await chat.connect(seller)
      await send(buyer, conversation.id, 'Hello!')
      await forSeller.next('message.new')
      expect(await chat.untaken(seller, forSeller)).toEqual([])
      expect(heard).toEqual([])
    })

    test('refuses the page of a foreign origin, whatever cookie the browser adds', async () => {
      const person = await chat.person()
      const headers = { cookie: `PARTIZAP_SESSION=${person.session.session}`, origin: 'https://evil.example' }
      const listener = listen(chat.server().url, headers, String(person.id))
      const refused = new Promise((resolve) => {
        listener.client.once('error', resolve)
        listener.client.once('disconnected', resolve)
      })
      await within(5000, () => 'the foreign origin to be refused', refused)
      expect(listener.subscriptions).toEqual([])
      listener.client.disconnect()
    })

    test('takes the page of its own origin', async () => {
      const person = await chat.person()
      const headers = { cookie: `PARTIZAP_SESSION=${person.session.session}`, origin: chat.server().url }
      const listener = listen(chat.server().url, headers, String(person.id))
      await within(5000, () => 'to be connected', listener.client.ready())
      await listener.close()
    })
  })
}
