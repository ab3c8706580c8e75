import { describe, expect, test } from 'vitest'
import { acknowledgement } from '@parley/wire/marketplace'
import {
  getConversation,
  listMessages,
  markDelivered,
  markRead,
  openConversation,
  send,
  totalUnread,
} from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import type { Person } from '../support/person.ts'
import { exact, refusal } from '../support/shape.ts'

export function receipts(chat: Chat) {
  const statuses = async (person: Person, id: number) =>
    (await listMessages(person, id)).data.map(({ status }) => status).reverse()

  describe('POST /api/vendor/conversations/{id}/delivered', () => {
    test('answers the documented acknowledgement and tells the sender up to which message', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const first = await send(buyer, conversation.id, 'One')
      await send(buyer, conversation.id, 'Two')
      const [forBuyer, forSeller] = [await chat.connectNow(buyer), await chat.connectNow(seller)]
      const path = `/conversations/${conversation.id}/delivered`
      const reply = await seller.post(path, { last_message_id: first.id })
      expect(reply.status).toBe(200)
      expect(exact(acknowledgement, reply.body)).toEqual({
        data: { message: 'Messages marked as delivered' },
      })
      expect(await forBuyer.next('message.delivered')).toStrictEqual({
        conversation_id: conversation.id,
        last_message_id: first.id,
      })
      expect(await statuses(buyer, conversation.id)).toEqual(['delivered', 'sent'])
      expect(await totalUnread(seller)).toBe(2)
      expect(await chat.untaken(seller, forSeller)).toEqual([])
    })

    test('moves forward only: repeats and older ids are 200 and publish nothing', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const [first, second] = [
        await send(buyer, conversation.id, '1'),
        await send(buyer, conversation.id, '2'),
      ]
      const listener = await chat.connectNow(buyer)
      await markDelivered(seller, conversation.id, second.id)
      await markDelivered(seller, conversation.id, second.id)
      await markDelivered(seller, conversation.id, first.id)
      await listener.next('message.delivered', ({ last_message_id }) => last_message_id === second.id)
      expect(await chat.untaken(buyer, listener)).toEqual([])
      expect(await statuses(buyer, conversation.id)).toEqual(['delivered', 'delivered'])
    })

    test('takes an id beyond the newest message as the newest', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const newest = await send(buyer, conversation.id, '1')
      const listener = await chat.connectNow(buyer)
      await markDelivered(seller, conversation.id, Number.MAX_SAFE_INTEGER)
      expect(await listener.next('message.delivered')).toMatchObject({ last_message_id: newest.id })
      const later = await send(buyer, conversation.id, '2')
      expect(await statuses(buyer, conversation.id)).toEqual(['delivered', 'sent'])
      expect(later.status).toBe('sent')
    })

    test('refuses a message of another conversation', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const other = await openConversation(buyer, await chat.product(seller))
      const foreign = await send(buyer, other.id, 'Elsewhere')
      await send(buyer, conversation.id, 'Here')
      const path = `/conversations/${conversation.id}/delivered`
      refusal(await seller.post(path, { last_message_id: foreign.id }), 'last_message_id')
      expect(await statuses(buyer, conversation.id)).toEqual(['sent'])
    })

    test('leaves what the caller wrote as it was', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(seller, conversation.id, 'From the seller')
      const last = await send(buyer, conversation.id, 'From the buyer')
      await markDelivered(seller, conversation.id, last.id)
      expect(await statuses(buyer, conversation.id)).toEqual(['sent', 'delivered'])
    })
  })

  describe('POST /api/vendor/conversations/{id}/read', () => {
    test('answers the documented acknowledgement, publishes message.read to the companion and the total to the reader', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const elsewhere = await openConversation(buyer, await chat.product(seller))
      for (const text of ['a', 'b', 'c']) await send(buyer, elsewhere.id, text)
      await send(buyer, conversation.id, 'One')
      const last = await send(buyer, conversation.id, 'Two')
      const [forBuyer, forSeller] = [await chat.connectNow(buyer), await chat.connectNow(seller)]
      const reply = await seller.post(`/conversations/${conversation.id}/read`)
      expect(reply.status).toBe(200)
      expect(exact(acknowledgement, reply.body)).toEqual({ data: { message: 'Conversation marked as read' } })
      expect(await forBuyer.next('message.read')).toStrictEqual({
        conversation_id: conversation.id,
        reader_id: seller.id,
        last_read_message_id: last.id,
      })
      expect(await forSeller.next('unread.update')).toStrictEqual({ total_unread: 3 })
      expect((await getConversation(seller, conversation.id)).unread_count).toBe(0)
      expect(await totalUnread(seller)).toBe(3)
      expect(await chat.untaken(seller, forSeller)).toEqual([])
      expect(await chat.untaken(buyer, forBuyer)).toEqual([])
    })

    test('turns sent and delivered into read', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const first = await send(buyer, conversation.id, '1')
      await send(buyer, conversation.id, '2')
      await markDelivered(seller, conversation.id, first.id)
      expect(await statuses(buyer, conversation.id)).toEqual(['delivered', 'sent'])
      await markRead(seller, conversation.id)
      expect(await statuses(buyer, conversation.id)).toEqual(['read', 'read'])
      expect((await getConversation(buyer, conversation.id)).last_message?.status).toBe('read')
    })

    test('implies delivered: a later confirmation changes and publishes nothing', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const message = await send(buyer, conversation.id, '1')
      await markRead(seller, conversation.id)
      const listener = await chat.connectNow(buyer)
      await markDelivered(seller, conversation.id, message.id)
      expect(await chat.untaken(buyer, listener)).toEqual([])
      expect(await statuses(buyer, conversation.id)).toEqual(['read'])
    })

    test('is 200 when there is nothing to read, and then publishes nothing', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(buyer, conversation.id, '1')
      await markRead(seller, conversation.id)
      const [forBuyer, forSeller] = [await chat.connectNow(buyer), await chat.connectNow(seller)]
      await markRead(seller, conversation.id)
      expect(await chat.untaken(seller, forSeller)).toEqual([])
      expect(await chat.untaken(buyer, forBuyer)).toEqual([])
    })

    test('tells every device of the reader', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(buyer, conversation.id, '1')
      const devices = [await chat.connectNow(seller), await chat.connectNow(seller)]
      await markRead(seller, conversation.id)
      for (const device of devices) expect(await device.next('unread.update')).toEqual({ total_unread: 0 })
    })

    test('reads what came before it and nothing that comes after', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(buyer, conversation.id, '1')
      await markRead(seller, conversation.id)
      await send(buyer, conversation.id, '2')
      await send(seller, conversation.id, 'An answer reads nothing by itself')
      expect(await statuses(buyer, conversation.id)).toEqual(['read', 'sent', 'sent'])
      expect(await totalUnread(seller)).toBe(1)
    })
  })
}
