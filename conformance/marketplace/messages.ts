import { describe, expect, test } from 'vitest'
import { messageResponse } from '@parley/wire/marketplace'
import {
  everyPage,
  getConversation,
  imageForm,
  listMessages,
  openConversation,
  send,
  totalUnread,
} from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { picture } from '../support/images.ts'
import { exact, failure, TIME } from '../support/shape.ts'

export function messages(chat: Chat) {
  describe('POST /api/vendor/conversations/{id}/messages', () => {
    test('answers 201 with the message in the exact shape', async () => {
      const { buyer, conversation } = await chat.pair()
      const reply = await buyer.post(`/conversations/${conversation.id}/messages`, { text: 'Hello!' })
      expect(reply.status).toBe(201)
      expect(exact(messageResponse, reply.body).data).toStrictEqual({
        id: expect.any(Number) as number,
        conversation_id: conversation.id,
        sender_id: buyer.id,
        type: 'text',
        text: 'Hello!',
        image_url: null,
        image_thumbnail: null,
        status: 'sent',
        created_at: expect.stringMatching(TIME) as string,
      })
    })

    test('publishes the same message.new to both sides, every device included', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listeners = [await chat.connect(buyer), await chat.connect(buyer), await chat.connect(seller)]
      const message = await send(buyer, conversation.id, 'Hello!')
      for (const listener of listeners) {
        expect(await listener.next('message.new')).toStrictEqual({
          conversation_id: conversation.id,
          message,
        })
      }
    })

    test('keeps text as it was typed, less the white space around it', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const typed = `<b>«Ёж» & Co</b>\n\t"10 %" \\ 'x' 日本語 👩‍👩‍👧 \u202e`
      const message = await send(buyer, conversation.id, `\u00a0 \n${typed}x \t\n`)
      expect(message.text).toBe(`${typed}x`)
      expect((await listMessages(seller, conversation.id)).data).toEqual([message])
    })

    test('takes 2000 characters, whether letters or emoji, and white space around them', async () => {
      const { buyer, conversation } = await chat.pair()
      for (const character of ['a', 'ж', '字', '😀']) {
        const text = character.repeat(2000)
        expect((await send(buyer, conversation.id, text)).text).toBe(text)
      }
      expect((await send(buyer, conversation.id, `  ${'b'.repeat(2000)}\n`)).text).toBe('b'.repeat(2000))
    })

    test('moves the conversation: last_message, updated_at and the unread count of the companion alone', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(buyer, conversation.id, 'First')
      const message = await send(buyer, conversation.id, 'Second')
      const moved = { last_message: message, updated_at: message.created_at }
      expect(await getConversation(seller, conversation.id)).toMatchObject({ ...moved, unread_count: 2 })
      expect(await getConversation(buyer, conversation.id)).toMatchObject({ ...moved, unread_count: 0 })
      expect([await totalUnread(seller), await totalUnread(buyer)]).toEqual([2, 0])
    })

    test('gives ids in the order of sending, also to many senders at once', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(seller)
      const burst = Array.from({ length: 30 }, (_, n) =>
        send(n % 2 === 0 ? buyer : seller, conversation.id, `${n}`),
      )
      const sent = await Promise.all(burst)
      const { data } = await listMessages(seller, conversation.id)
      expect(new Set(data.map(({ id }) => id)).size).toBe(30)
      expect([...data].sort((a, b) => b.id - a.id)).toEqual(data)
      expect([...sent].sort((a, b) => b.id - a.id)).toEqual(data)
      await listener.saw('30 messages', (events) => events.length >= 30)
      const arrived = listener.received.flatMap((event) =>
        event.type === 'message.new' ? [event.data.message] : [],
      )
      expect(arrived.reverse()).toEqual(data)
    })

    test('answers 403 to an outsider and 404 for an unknown conversation', async () => {
      const { seller, conversation } = await chat.pair()
      const [outsider, body] = [await chat.person(), { text: 'Let me in' }]
      failure(
        await outsider.post(`/conversations/${conversation.id}/messages`, body),
        403,
        'authorization_error',
      )
      failure(await outsider.post('/conversations/999999999/messages', body), 404, 'not_found_error')
      expect((await listMessages(seller, conversation.id)).data).toEqual([])
    })
  })

  describe('Idempotency-Key', () => {
    test('returns the first message to a repeat and publishes it once', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(seller)
      const path = `/conversations/${conversation.id}/messages`
      const attempt = (text: string) => buyer.post(path, { text }, { 'idempotency-key': 'attempt-1' })
      const first = await attempt('Once')
      const repeats = [await attempt('Once'), await attempt('Other words, same key')]
      expect(first.status).toBe(201)
      for (const repeat of repeats) expect([repeat.status, repeat.body]).toEqual([200, first.body])
      expect((await listMessages(seller, conversation.id)).data).toEqual([
        exact(messageResponse, first.body).data,
      ])
      await listener.next('message.new')
      expect(await chat.untaken(seller, listener)).toEqual([])
      expect(await totalUnread(seller)).toBe(1)
    })

    test('holds when the repeats arrive at once', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const path = `/conversations/${conversation.id}/messages`
      const attempt = () => buyer.post(path, { text: 'Once' }, { 'idempotency-key': 'burst' })
      const replies = await Promise.all(Array.from({ length: 8 }, attempt))
      expect(new Set(replies.map(({ body }) => exact(messageResponse, body).data.id)).size).toBe(1)
      expect(replies.map(({ status }) => status).sort()).toEqual([...Array<number>(7).fill(200), 201])
      expect((await listMessages(seller, conversation.id)).data).toHaveLength(1)
    })

    test('holds for pictures, which a lost connection repeats most often', async () => {
      const { buyer, conversation } = await chat.pair()
      const image = await picture('png', 5, 5)
      const options = () => ({ raw: imageForm(image), headers: { 'idempotency-key': 'picture' } })
      const path = `/conversations/${conversation.id}/messages/image`
      const [first, repeat] = [
        await buyer.request('POST', path, options()),
        await buyer.request('POST', path, options()),
      ]
      expect([first.status, repeat.status]).toEqual([201, 200])
      expect(repeat.body).toEqual(first.body)
      expect((await listMessages(buyer, conversation.id)).data).toHaveLength(1)
    })

    test('takes any key or refuses it, and never fails on it', async () => {
      const { buyer, conversation } = await chat.pair()
      for (const key of ['', ' ', 'é', 'x'.repeat(255), 'x'.repeat(256), 'x'.repeat(5000)]) {
        const path = `/conversations/${conversation.id}/messages`
        const reply = await buyer.post(path, { text: 'hello' }, { 'idempotency-key': key })
        expect([201, 422], `a key of ${key.length}: ${JSON.stringify(reply.body)}`).toContain(reply.status)
      }
    })

    test('belongs to one sender and one conversation', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const second = await openConversation(buyer, await chat.product(seller))
      const key = { 'idempotency-key': 'same' }
      const replies = [
        await buyer.post(`/conversations/${conversation.id}/messages`, { text: 'A' }, key),
        await seller.post(`/conversations/${conversation.id}/messages`, { text: 'B' }, key),
        await buyer.post(`/conversations/${second.id}/messages`, { text: 'C' }, key),
      ]
      expect(replies.map(({ status }) => status)).toEqual([201, 201, 201])
    })
  })

  describe('GET /api/vendor/conversations/{id}/messages', () => {
    test('is an empty page before the first message', async () => {
      const { seller, conversation } = await chat.pair()
      const expected = { data: [], meta: { has_more: false, next_cursor: null } }
      expect(await listMessages(seller, conversation.id)).toEqual(expected)
    })

    test('gives 50 by default and 100 at most, newest first, without repeats or skips while others arrive', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const sent: number[] = []
      for (let n = 0; n < 103; n++)
        sent.push((await send(n % 3 === 0 ? seller : buyer, conversation.id, `${n}`)).id)
      const newestFirst = [...sent].reverse()
      const first = await listMessages(buyer, conversation.id)
      expect(first.data.map(({ id }) => id)).toEqual(newestFirst.slice(0, 50))
      expect(first.meta).toEqual({ has_more: true, next_cursor: expect.any(String) as string })
      const most = await listMessages(buyer, conversation.id, { limit: 100 })
      expect(most.data.map(({ id }) => id)).toEqual(newestFirst.slice(0, 100))

      const page = (limit: number) => (cursor: string | undefined) =>
        listMessages(buyer, conversation.id, { limit, cursor })
      const arriving = () => send(seller, conversation.id, 'Arrives in between')
      const shown = await everyPage(page(20), arriving)
      expect(shown.map(({ id }) => id)).toEqual(newestFirst)
      const all = (await everyPage(page(7))).map(({ id }) => id)
      expect(all.slice(-103)).toEqual(newestFirst)
    })

    test('ends without a cursor when the page is exactly full', async () => {
      const { buyer, conversation } = await chat.pair()
      for (const text of ['1', '2', '3']) await send(buyer, conversation.id, text)
      expect((await listMessages(buyer, conversation.id, { limit: 3 })).meta).toEqual({
        has_more: false,
        next_cursor: null,
      })
    })
  })
}
