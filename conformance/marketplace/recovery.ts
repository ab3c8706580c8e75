import { describe, expect, test } from 'vitest'
import {
  hide,
  listMessages,
  markDelivered,
  markRead,
  openConversation,
  send,
  totalUnread,
} from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'

export function recovery(chat: Chat) {
  describe('a client whose line was cut', () => {
    test('comes back by itself and gets exactly what it missed, in order', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(buyer)
      const seen = await send(seller, conversation.id, 'Seen')
      const mine = await send(buyer, conversation.id, 'Mine')
      await listener.saw('both messages', (events) => events.length >= 2)
      listener.rest()
      await listener.cut()
      const missed = [
        await send(seller, conversation.id, 'Missed 1'),
        await send(seller, conversation.id, 'Missed 2'),
      ]
      await markDelivered(seller, conversation.id, mine.id)
      await markRead(seller, conversation.id)
      const context = await listener.restore()
      expect(context).toMatchObject({ wasRecovering: true, recovered: true })
      const message = (at: number) => ({
        type: 'message.new',
        data: { conversation_id: conversation.id, message: missed[at] },
      })
      expect(await chat.untaken(buyer, listener)).toEqual([
        message(0),
        message(1),
        { type: 'message.delivered', data: { conversation_id: conversation.id, last_message_id: mine.id } },
        {
          type: 'message.read',
          data: {
            conversation_id: conversation.id,
            reader_id: seller.id,
            last_read_message_id: expect.toSatisfy((id) => Number(id) >= mine.id) as number,
          },
        },
      ])
      expect(seen.id).toBeLessThan(missed[0]?.id ?? 0)
    })

    test('recovers a conversation that began while it was away, and what the person did elsewhere', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(seller, conversation.id, 'Unread')
      const listener = await chat.connectNow(buyer)
      await listener.cut()
      const stranger = await chat.person()
      const second = await openConversation(stranger, await chat.product(buyer))
      const message = await send(stranger, second.id, 'About your product')
      await hide(buyer, conversation.id)
      await listener.restore()
      expect(await chat.untaken(buyer, listener)).toEqual([
        { type: 'message.new', data: { conversation_id: second.id, message } },
        { type: 'unread.update', data: { total_unread: 1 } },
      ])
      expect(await totalUnread(buyer)).toBe(1)
    })

    test('gets nothing twice when it was cut ten times in a running conversation', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(buyer)
      for (let round = 0; round < 10; round++) {
        const sending = Promise.all(
          ['a', 'b', 'c'].map((text) => send(seller, conversation.id, `${text}${round}`)),
        )
        await listener.cut()
        await sending
        expect(await listener.restore()).toMatchObject({ recovered: true })
      }
      await listener.saw('30 messages', (events) => events.length >= 30)
      const arrived = listener.received.flatMap((event) =>
        event.type === 'message.new' ? [event.data.message] : [],
      )
      expect(arrived.reverse()).toEqual((await listMessages(buyer, conversation.id)).data)
    })

    test('hears that recovery is impossible when it missed more than is kept, and can refetch', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(buyer)
      await send(seller, conversation.id, 'Seen')
      await listener.next('message.new')
      await listener.cut()
      for (let batch = 0; batch < 20; batch++) {
        await Promise.all(Array.from({ length: 16 }, () => send(seller, conversation.id, 'Too many')))
      }
      expect(await listener.restore()).toMatchObject({ wasRecovering: true, recovered: false })
      const message = await send(seller, conversation.id, 'Live again')
      expect((await listener.next('message.new')).message).toEqual(message)
      expect((await listMessages(buyer, conversation.id, { limit: 1 })).data).toEqual([message])
    })
  })
}
