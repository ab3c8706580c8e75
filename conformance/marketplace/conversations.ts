import { describe, expect, test } from 'vitest'
import { conversationResponse } from '@parley/wire/marketplace'
import {
  getConversation,
  hide,
  listConversations,
  listMessages,
  markRead,
  openConversation,
  send,
  totalUnread,
} from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { putProduct } from '../support/host.ts'
import { exact, failure, refusal, TIME } from '../support/shape.ts'

export function conversations(chat: Chat) {
  describe('POST /api/vendor/conversations', () => {
    test('creates with 201 in the exact shape, then finds the same one with 200', async () => {
      const [buyer, seller] = [await chat.person('Борис'), await chat.person('Светлана')]
      const product = await chat.product(seller, {
        title: 'Велосипед «Урал»',
        price: 1234.56,
        image_url: 'https://cdn.example/bicycle.jpg',
      })
      const created = await buyer.post('/conversations', { product_id: product })
      expect(created.status).toBe(201)
      const conversation = exact(conversationResponse, created.body).data
      expect(conversation).toStrictEqual({
        id: expect.any(Number) as number,
        product: {
          id: product,
          title: 'Велосипед «Урал»',
          price: 1234.56,
          status: 'active',
          image_url: 'https://cdn.example/bicycle.jpg',
        },
        companion: { id: seller.id, display_name: 'Светлана', avatar_url: null },
        last_message: null,
        unread_count: 0,
        created_at: expect.stringMatching(TIME) as string,
        updated_at: conversation.created_at,
      })
      expect(conversation.id).toSatisfy((id) => Number.isSafeInteger(id) && Number(id) > 0)

      const found = await buyer.post('/conversations', { product_id: product })
      expect({ status: found.status, body: found.body }).toEqual({ status: 200, body: created.body })
    })

    test('shows each side the other as companion, and a product without a picture as null', async () => {
      const { buyer, seller, product, conversation } = await chat.pair()
      expect(conversation.companion).toEqual({ id: seller.id, display_name: 'Seller', avatar_url: null })
      expect(conversation.product).toMatchObject({ id: product, price: 10, image_url: null })
      const forSeller = await getConversation(seller, conversation.id)
      expect(forSeller.companion).toEqual({ id: buyer.id, display_name: 'Buyer', avatar_url: null })
      expect(forSeller.product).toEqual(conversation.product)
    })

    test.each(['draft', 'pending', 'active', 'sold', 'archived', 'rejected'])(
      'carries the product status %s as the host changes it',
      async (status) => {
        const { buyer, seller, product, conversation } = await chat.pair()
        const fields = { seller_id: String(seller.id), title: 'Renamed', price: 0.5, status }
        await putProduct(chat.server(), product, fields)
        const { product: shown } = await getConversation(buyer, conversation.id)
        expect(shown).toEqual({ id: product, title: 'Renamed', price: 0.5, status, image_url: null })
      },
    )

    test('creates one conversation when a buyer asks ten times at once', async () => {
      const [buyer, seller] = [await chat.person(), await chat.person()]
      const product = await chat.product(seller)
      const ask = () => buyer.post('/conversations', { product_id: product })
      const replies = await Promise.all(Array.from({ length: 10 }, ask))
      const ids = replies.map((reply) => exact(conversationResponse, reply.body).data.id)
      expect(new Set(ids).size).toBe(1)
      expect(replies.map((reply) => reply.status).sort()).toEqual([...Array<number>(9).fill(200), 201])
      expect((await listConversations(buyer)).data).toHaveLength(1)
    })

    test('keeps one conversation per buyer and product', async () => {
      const { buyer, seller, product, conversation } = await chat.pair()
      const [otherBuyer, otherProduct] = [await chat.person(), await chat.product(seller)]
      const others = [
        await openConversation(otherBuyer, product),
        await openConversation(buyer, otherProduct),
      ]
      expect(new Set([conversation.id, ...others.map(({ id }) => id)]).size).toBe(3)
    })

    test('restores the conversation that the buyer has hidden', async () => {
      const { buyer, seller, product, conversation } = await chat.pair()
      await send(seller, conversation.id, 'Still interested?')
      await hide(buyer, conversation.id)
      const reply = await buyer.post('/conversations', { product_id: product })
      expect(reply.status).toBe(200)
      const restored = exact(conversationResponse, reply.body).data
      expect(restored).toMatchObject({ id: conversation.id, unread_count: 1 })
      expect((await listConversations(buyer)).data).toEqual([restored])
      expect(await totalUnread(buyer)).toBe(1)
    })

    test('refuses a missing product_id, the own product, and a product that does not exist', async () => {
      const seller = await chat.person()
      refusal(await seller.post('/conversations', {}), 'product_id')
      refusal(await seller.post('/conversations', { product_id: await chat.product(seller) }), 'product_id')
      failure(await seller.post('/conversations', { product_id: 999_999_999 }), 404, 'not_found_error')
      expect((await listConversations(seller)).data).toEqual([])
    })
  })

  describe('GET /api/vendor/conversations/{id}', () => {
    test('answers 404 for an unknown conversation and 403 to an outsider', async () => {
      const { conversation } = await chat.pair()
      const outsider = await chat.person()
      failure(await outsider.get('/conversations/999999999'), 404, 'not_found_error')
      failure(await outsider.get(`/conversations/${conversation.id}`), 403, 'authorization_error')
    })

    test('carries the last message, the unread count and the time of the last activity', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(buyer, conversation.id, 'One')
      const last = await send(buyer, conversation.id, 'Two')
      expect(await getConversation(seller, conversation.id)).toEqual({
        ...(await getConversation(buyer, conversation.id)),
        companion: { id: buyer.id, display_name: 'Buyer', avatar_url: null },
        last_message: last,
        unread_count: 2,
        updated_at: last.created_at,
      })
    })
  })

  describe('DELETE /api/vendor/conversations/{id}', () => {
    test('hides it from the caller alone and preserves the messages', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const message = await send(seller, conversation.id, 'Preserved')
      await hide(buyer, conversation.id)
      expect((await listConversations(buyer)).data).toEqual([])
      expect((await listConversations(buyer, { filter: 'unread' })).data).toEqual([])
      expect(await totalUnread(buyer)).toBe(0)
      expect((await listConversations(seller)).data).toHaveLength(1)
      expect((await getConversation(buyer, conversation.id)).last_message).toEqual(message)
      expect((await listMessages(buyer, conversation.id)).data).toEqual([message])
    })

    test('answers the same when repeated', async () => {
      const { buyer, conversation } = await chat.pair()
      await hide(buyer, conversation.id)
      await hide(buyer, conversation.id)
    })

    test('tells the caller the new total when unread messages vanish with it, and nothing otherwise', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(buyer)
      await send(seller, conversation.id, 'Unread')
      await listener.next('message.new')
      await hide(buyer, conversation.id)
      expect(await listener.next('unread.update')).toEqual({ total_unread: 0 })
      await hide(buyer, conversation.id)
      expect(await chat.untaken(buyer, listener)).toEqual([])
    })

    test('restores a hidden conversation when the companion writes: message.new, then the absolute total', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(seller, conversation.id, 'Before')
      await hide(buyer, conversation.id)
      const listener = await chat.connectNow(buyer)
      const message = await send(seller, conversation.id, 'After')
      await listener.saw('both events', (events) => events.length >= 2)
      expect(listener.rest()).toEqual([
        { type: 'message.new', data: { conversation_id: conversation.id, message } },
        { type: 'unread.update', data: { total_unread: 2 } },
      ])
      const [restored] = (await listConversations(buyer)).data
      expect(restored).toMatchObject({ id: conversation.id, last_message: message, unread_count: 2 })
      expect(await totalUnread(buyer)).toBe(2)
    })
  })

  describe('a hidden conversation', () => {
    test('comes back to whoever writes in it, with what was unread', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(seller, conversation.id, 'Unread')
      await hide(buyer, conversation.id)
      const listener = await chat.connectNow(buyer)
      const message = await send(buyer, conversation.id, 'On second thought')
      expect(await listener.next('unread.update')).toEqual({ total_unread: 1 })
      expect((await listener.next('message.new')).message).toEqual(message)
      const restored = (await listConversations(buyer)).data.find(({ id }) => id === conversation.id)
      expect(restored).toMatchObject({ last_message: message, unread_count: 1 })
    })

    test('counts its messages again once it is restored, but not those read in the meantime', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(seller, conversation.id, 'Read while hidden')
      await hide(buyer, conversation.id)
      await markRead(buyer, conversation.id)
      await send(seller, conversation.id, 'New')
      expect(await totalUnread(buyer)).toBe(1)
    })
  })

  describe('GET /api/vendor/conversations/unread-count', () => {
    test('sums every conversation and ignores what the caller wrote', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const second = await openConversation(buyer, await chat.product(seller))
      for (const text of ['1', '2', '3']) await send(seller, conversation.id, text)
      for (const text of ['4', '5']) await send(seller, second.id, text)
      await send(buyer, second.id, 'My own words are never unread to me')
      const reply = await buyer.get('/conversations/unread-count')
      expect(reply.body).toStrictEqual(JSON.parse('{ "data": { "total_unread": 5 } }'))
      await markRead(buyer, conversation.id)
      expect(await totalUnread(buyer)).toBe(2)
      expect(await totalUnread(seller)).toBe(1)
    })
  })
}
