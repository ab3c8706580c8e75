import { describe, expect, test } from 'vitest'
import type { Conversation, Event, Message } from '@parley/wire/marketplace'
import {
  getConversation,
  listConversations,
  listMessages,
  markRead,
  openConversation,
  send,
  sendImage,
  totalUnread,
} from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { request } from '../support/http.ts'
import { picture } from '../support/images.ts'

/** The five user flows of document 000, each side with the official client. */
export function flows(chat: Chat) {
  describe('the user flows of the document', () => {
    test('flow 1: the buyer writes to the seller', async () => {
      const [buyer, seller] = [await chat.person('Buyer'), await chat.person('Seller')]
      const product = await chat.product(seller)
      const [forBuyer, forSeller] = [await chat.connect(buyer), await chat.connect(seller)]
      const first = await buyer.post('/conversations', { product_id: product })
      expect(first.status).toBe(201)
      const again = await buyer.post('/conversations', { product_id: product })
      expect(again.status).toBe(200)
      const { id } = await openConversation(buyer, product)
      expect((await listMessages(buyer, id)).data).toEqual([])
      const message = await send(buyer, id, 'Is it still for sale?')
      for (const listener of [forBuyer, forSeller]) {
        expect(await listener.next('message.new')).toEqual({ conversation_id: id, message })
      }
    })

    test('flow 2: a message arrives on any page', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(seller)
      const badge = await totalUnread(seller)
      await send(buyer, conversation.id, 'Hello!')
      const { conversation_id, message } = await listener.next('message.new')
      expect(await totalUnread(seller)).toBe(badge + 1)
      const [top] = (await listConversations(seller)).data
      expect(top).toMatchObject({ id: conversation_id, last_message: message })
      expect((await listMessages(seller, conversation_id)).data[0]).toEqual(message)
    })

    test('flow 3: opening a conversation reads it', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const message = await send(buyer, conversation.id, 'Hello!')
      const [forBuyer, forSeller] = [await chat.connect(buyer), await chat.connect(seller)]
      expect((await getConversation(seller, conversation.id)).unread_count).toBe(1)
      expect((await listMessages(seller, conversation.id)).data).toEqual([message])
      await markRead(seller, conversation.id)
      expect(await forBuyer.next('message.read')).toEqual({
        conversation_id: conversation.id,
        reader_id: seller.id,
        last_read_message_id: message.id,
      })
      expect(await forSeller.next('unread.update')).toEqual({ total_unread: 0 })
    })

    test('flow 4: sending an image', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(seller)
      const message = await sendImage(buyer, conversation.id, await picture('jpeg', 800, 600))
      expect((await listener.next('message.new')).message).toEqual(message)
      for (const url of [message.image_url, message.image_thumbnail]) {
        expect((await request('GET', url ?? '')).status).toBe(200)
      }
    })

    test('flow 5: the initial load of somebody signed in', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(seller, conversation.id, 'Waiting for you')
      const listener = await chat.connect(buyer)
      expect(listener.channel).toBe(`personal:#${buyer.id}`)
      expect(await totalUnread(buyer)).toBe(1)
      await send(seller, conversation.id, 'And another')
      await listener.next('message.new')
    })
  })

  describe('the JSON samples of the document', () => {
    test('every event is the sample, field for field', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const forSeller = await chat.connect(seller)
      const forBuyer = await chat.connect(buyer)
      const message = await send(buyer, conversation.id, 'Hello!')
      await seller.post(`/conversations/${conversation.id}/typing`)
      await seller.post(`/conversations/${conversation.id}/delivered`, { last_message_id: message.id })
      await markRead(seller, conversation.id)
      await forBuyer.next('message.read')
      await forSeller.next('unread.update')
      await forBuyer.close()
      await forSeller.next('presence', ({ online }) => !online)
      const everything = [...forBuyer.received, ...forSeller.received]
      for (const event of samples(conversation, message, everything)) expect(everything).toContainEqual(event)
    })
  })
}

/** The samples under "Centrifugo Events" as they are printed, with our ids and times in the place of theirs. */
function samples(conversation: Conversation, message: Message, events: Event[]): unknown[] {
  const [buyer, seller] = [message.sender_id, conversation.companion.id]
  const gone = events.find((event) => event.type === 'presence' && !event.data.online)
  const sample = (text: string, chosen: [unknown, unknown][]) => {
    const values = new Map<unknown, unknown>([[123, conversation.id], [456, message.id], ...chosen])
    return JSON.parse(text, (_, value: unknown) => (values.has(value) ? values.get(value) : value)) as unknown
  }
  return [
    sample(
      `{ "type": "message.new", "data": { "conversation_id": 123, "message": { "id": 456, "conversation_id": 123,
      "sender_id": 7, "type": "text", "text": "Hello!", "image_url": null, "image_thumbnail": null,
      "status": "sent", "created_at": "2026-02-11T18:51:59+00:00" } } }`,
      [
        [7, buyer],
        ['2026-02-11T18:51:59+00:00', message.created_at],
      ],
    ),
    sample('{ "type": "typing", "data": { "conversation_id": 123, "user_id": 7 } }', [[7, seller]]),
    sample('{ "type": "message.delivered", "data": { "conversation_id": 123, "last_message_id": 456 } }', []),
    sample(
      '{ "type": "message.read", "data": { "conversation_id": 123, "reader_id": 7, "last_read_message_id": 456 } }',
      [[7, seller]],
    ),
    sample('{ "type": "unread.update", "data": { "total_unread": 3 } }', [[3, 0]]),
    sample(
      `{ "type": "presence", "data": { "user_id": 7, "online": false,
      "last_seen_at": "2026-02-11T20:15:00+00:00" } }`,
      [
        [7, buyer],
        ['2026-02-11T20:15:00+00:00', gone?.type === 'presence' ? gone.data.last_seen_at : undefined],
      ],
    ),
  ]
}
