import { describe, expect, test } from 'vitest'
import { getConversation, listConversations, listMessages, send, totalUnread } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { endSession, hostCall, openSession, putProduct, putUser } from '../support/host.ts'
import type { Reply } from '../support/http.ts'
import { credentials, vendorUrl } from '../support/person.ts'
import { request } from '../support/http.ts'
import { failure } from '../support/shape.ts'
import { within } from '../support/wait.ts'

export function host(chat: Chat) {
  const call = (method: string, path: string, json?: unknown) =>
    hostCall(chat.server(), method, path, { json })

  function refused(reply: Reply, status: number, code: string) {
    expect(reply).toMatchObject({ status, body: { error: { code, message: expect.any(String) as string } } })
  }

  describe('the host API', () => {
    test('is closed to every secret but its own', async () => {
      const token = chat.server().hostToken
      const wrong = [
        undefined,
        'Bearer',
        'Bearer ',
        `Bearer ${token}x`,
        `Bearer ${token.slice(1)}`,
        `Basic ${token}`,
        token,
      ]
      const calls: [string, string][] = [
        ['PUT', '/users/1'],
        ['GET', '/users/1'],
        ['DELETE', '/users/1'],
        ['PUT', '/products/1'],
        ['POST', '/sessions'],
        ['DELETE', '/sessions/x'],
      ]
      for (const [method, path] of calls) {
        for (const authorization of wrong) {
          const headers = authorization === undefined ? {} : { authorization }
          refused(await hostCall(chat.server(), method, path, { headers }), 401, 'unauthorized')
        }
      }
    })

    test('is closed to the sessions it has opened', async () => {
      const person = await chat.person()
      const headers = credentials(person.session)
      refused(await hostCall(chat.server(), 'GET', `/users/${person.id}`, { headers }), 401, 'unauthorized')
    })

    test('creates and updates users, and shows the change in every conversation', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const fields = {
        display_name: 'Новое имя',
        avatar_url: 'https://cdn.example/a.png',
        role: 'support',
        org: 'acme',
      }
      const put = await putUser(chat.server(), String(seller.id), fields)
      expect(put.body).toMatchObject({ data: { id: String(seller.id), ...fields } })
      const shown = await call('GET', `/users/${seller.id}`)
      expect(shown).toMatchObject({ status: 200, body: { data: { id: String(seller.id), ...fields } } })
      expect((await getConversation(buyer, conversation.id)).companion).toEqual({
        id: seller.id,
        display_name: 'Новое имя',
        avatar_url: 'https://cdn.example/a.png',
      })
      expect((await putUser(chat.server(), String(seller.id), fields)).body).toEqual(put.body)
    })

    test('opens sessions and ends them as often as asked', async () => {
      const person = await chat.person()
      const session = await openSession(chat.server(), String(person.id), 3600)
      const left = Date.parse(session.expires_at) - Date.now()
      expect(left).toBeGreaterThan(3_500_000)
      expect(left).toBeLessThanOrEqual(3_601_000)
      expect(session.session.length).toBeGreaterThanOrEqual(32)
      expect(session.csrf_token).not.toBe(session.session)
      await endSession(chat.server(), session.session)
      await endSession(chat.server(), session.session)
      await endSession(chat.server(), 'never-opened')
    })

    test('answers 404 for what does not exist', async () => {
      refused(await call('GET', '/users/987654321'), 404, 'not_found')
      refused(await call('DELETE', '/users/987654321?messages=keep'), 404, 'not_found')
      refused(await call('GET', '/nothing'), 404, 'not_found')
    })

    const product = { seller_id: '1', title: 'T', price: 1, status: 'active' }
    const badInput: [string, string, unknown, string][] = [
      ['PUT', '/users/1', {}, 'display_name'],
      ['PUT', '/users/1', { display_name: 7 }, 'display_name'],
      ['PUT', '/users/1', { display_name: '  ' }, 'display_name'],
      ['PUT', '/users/1', { display_name: 'A', role: 'emperor' }, 'role'],
      ['PUT', '/users/1', { display_name: 'A', avatar_url: 'javascript:alert(1)' }, 'avatar_url'],
      ['PUT', '/products/1', { ...product, seller_id: undefined }, 'seller_id'],
      ['PUT', '/products/1', { ...product, title: undefined }, 'title'],
      ['PUT', '/products/1', { ...product, price: '10' }, 'price'],
      ['PUT', '/products/1', { ...product, price: -1 }, 'price'],
      ['PUT', '/products/1', { ...product, status: 'bogus' }, 'status'],
      ['PUT', '/products/1', { ...product, image_url: 'javascript:alert(1)' }, 'image_url'],
      ['POST', '/sessions', {}, 'user_id'],
      ['POST', '/sessions', { user_id: '1', ttl_seconds: 0 }, 'ttl_seconds'],
      ['POST', '/sessions', { user_id: '1', ttl_seconds: 'long' }, 'ttl_seconds'],
      ['DELETE', '/users/1?messages=burn', undefined, 'messages'],
    ]
    test.each(badInput)('%s %s with %j is refused because of %s', async (method, path, json, field) => {
      const messages = [expect.any(String) as string]
      const reply = await call(method, path, json)
      expect(reply).toMatchObject({
        status: 422,
        body: { error: { code: 'validation', details: { [field]: messages } } },
      })
    })

    test('needs the seller before the product and the user before the session', async () => {
      const product = { seller_id: '987654321', title: 'T', price: 1, status: 'active' }
      expect([404, 422]).toContain((await call('PUT', '/products/1', product)).status)
      expect([404, 422]).toContain((await call('POST', '/sessions', { user_id: '987654321' })).status)
    })

    test('updates a product in every conversation about it', async () => {
      const { buyer, seller, product, conversation } = await chat.pair()
      const fields = { seller_id: String(seller.id), title: 'Sold!', price: 99.9, status: 'sold' }
      await putProduct(chat.server(), product, { ...fields, image_url: 'https://cdn.example/p.jpg' })
      expect((await getConversation(buyer, conversation.id)).product).toEqual({
        id: product,
        title: 'Sold!',
        price: 99.9,
        status: 'sold',
        image_url: 'https://cdn.example/p.jpg',
      })
    })
  })

  describe('erasing a user', () => {
    async function erase(messages: string) {
      const pair = await chat.pair()
      await send(pair.seller, pair.conversation.id, 'From the seller')
      await send(pair.buyer, pair.conversation.id, 'From the buyer')
      const listener = await chat.connect(pair.buyer)
      const reply = await call('DELETE', `/users/${pair.buyer.id}?messages=${messages}`)
      expect(reply).toMatchObject({ status: 200, body: { data: expect.any(Object) as object } })
      await within(8000, () => 'the connections of the erased user to close for good', listener.disconnected)
      return pair
    }
    const texts = async ({ seller, conversation }: Awaited<ReturnType<typeof erase>>) =>
      (await listMessages(seller, conversation.id)).data.map(({ text, sender_id }) => [text, sender_id])

    test.each(['keep', 'unlink', 'delete'])(
      'with messages=%s ends the sessions and takes the name away',
      async (mode) => {
        const pair = await erase(mode)
        failure(await pair.buyer.get('/conversations'), 401, 'authentication_error')
        const profile = await call('GET', `/users/${pair.buyer.id}`)
        expect(profile.bytes.toString()).not.toContain('"Buyer"')
        const url = vendorUrl(chat.server(), '/conversations')
        const reply = await request('GET', url, { headers: credentials(pair.seller.session) })
        expect(reply.status).toBe(200)
        expect(reply.bytes.toString()).not.toContain('"Buyer"')
      },
    )

    test('keeps, unlinks or deletes what the user wrote, and leaves what others wrote', async () => {
      const kept = await erase('keep')
      expect(await texts(kept)).toEqual([
        ['From the buyer', kept.buyer.id],
        ['From the seller', kept.seller.id],
      ])
      const unlinked = await erase('unlink')
      expect(await texts(unlinked)).toEqual([
        ['From the buyer', null],
        ['From the seller', unlinked.seller.id],
      ])
      const deleted = await erase('delete')
      expect(await texts(deleted)).toEqual([['From the seller', deleted.seller.id]])
    })

    test('leaves counts and lists of the companion in agreement', async () => {
      const { seller } = await erase('delete')
      const { data } = await listConversations(seller)
      expect(data.reduce((sum, { unread_count }) => sum + unread_count, 0)).toBe(await totalUnread(seller))
      expect(data.map(({ last_message }) => last_message?.text)).toEqual(['From the seller'])
    })
  })
}
