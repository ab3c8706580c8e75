import { describe, expect, test } from 'vitest'
import { onlineResponse } from '@parley/wire/marketplace'
import { send, startTyping } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { putUser } from '../support/host.ts'
import { exact, failure, TIME } from '../support/shape.ts'

export function presence(chat: Chat) {
  describe('POST /api/vendor/conversations/{id}/typing', () => {
    test('answers OK and publishes typing to the companion only', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const [forBuyer, forSeller] = [await chat.connect(buyer), await chat.connect(seller)]
      const reply = await seller.post(`/conversations/${conversation.id}/typing`)
      expect([reply.status, reply.body]).toStrictEqual([200, { data: { message: 'OK' } }])
      expect(await forBuyer.next('typing')).toStrictEqual({
        conversation_id: conversation.id,
        user_id: seller.id,
      })
      expect(await chat.untaken(seller, forSeller)).toEqual([])
    })

    test('is stored nowhere: who connects later hears nothing of it', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(buyer)
      await listener.cut()
      await startTyping(seller, conversation.id)
      await send(seller, conversation.id, 'Done typing')
      await listener.restore()
      await listener.next('message.new')
      expect(await chat.untaken(buyer, listener)).toEqual([])
    })
  })

  describe('GET /api/vendor/users/{id}/online', () => {
    test('is online, with a null last_seen_at, after an authenticated request', async () => {
      const { buyer, seller } = await chat.pair()
      await seller.get('/conversations/unread-count')
      const reply = await buyer.get(`/users/${seller.id}/online`)
      expect(reply.status).toBe(200)
      expect(reply.body).toStrictEqual(JSON.parse('{ "data": { "online": true, "last_seen_at": null } }'))
    })

    test('is offline for somebody who was never there', async () => {
      const { buyer } = await chat.pair()
      const absent = 900_000_000 + buyer.id
      await putUser(chat.server(), String(absent), { display_name: 'Absent' })
      const reply = await buyer.get(`/users/${absent}/online`)
      expect(exact(onlineResponse, reply.body)).toEqual({ data: { online: false, last_seen_at: null } })
    })

    test('is online through a connection alone', async () => {
      const { buyer, seller } = await chat.pair()
      await chat.connect(seller)
      const reply = await buyer.get(`/users/${seller.id}/online`)
      expect(exact(onlineResponse, reply.body)).toEqual({ data: { online: true, last_seen_at: null } })
    })

    test('answers 404 for an unknown user', async () => {
      failure(await (await chat.person()).get('/users/999999999/online'), 404, 'not_found_error')
    })
  })

  describe('presence', () => {
    test('says once that a companion came and once that the last connection is gone', async () => {
      const { buyer, seller } = await chat.pair()
      const outsider = await chat.person()
      const [forBuyer, forOutsider] = [await chat.connect(buyer), await chat.connect(outsider)]
      const before = Math.floor(Date.now() / 1000) * 1000
      const [first, second] = [await chat.connect(seller), await chat.connect(seller)]
      expect(await forBuyer.next('presence')).toStrictEqual({
        user_id: seller.id,
        online: true,
        last_seen_at: null,
      })
      await first.close()
      await chat.settled(buyer, forBuyer)
      expect(forBuyer.rest()).toEqual([])
      await second.close()
      const gone = await forBuyer.next('presence')
      expect(gone).toStrictEqual({
        user_id: seller.id,
        online: false,
        last_seen_at: expect.stringMatching(TIME) as string,
      })
      expect(Date.parse(gone.last_seen_at ?? '')).toBeGreaterThanOrEqual(before)
      expect(Date.parse(gone.last_seen_at ?? '')).toBeLessThanOrEqual(Date.now() + 1000)
      await chat.settled(outsider, forOutsider)
      expect(forOutsider.rest()).toEqual([])
    })

    test('goes to a companion once, however many conversations the two share', async () => {
      const { buyer, seller } = await chat.pair()
      const product = await chat.product(seller)
      await buyer.post('/conversations', { product_id: product })
      const listener = await chat.connect(buyer)
      await chat.connect(seller)
      await listener.next('presence')
      await chat.settled(buyer, listener)
      expect(listener.rest()).toEqual([])
    })
  })
}
