import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { messageListResponse } from '@parley/wire/marketplace'
import { listConversations, listMessages, openConversation, send, totalUnread } from '../support/acts.ts'
import type { Chat, Pair } from '../support/chat.ts'
import { exact, failure, refusal } from '../support/shape.ts'

const NO_POSITIVE_INTEGERS = [undefined, null, 'abc', '', '1', true, [], {}, 1.5, 0, -1, 2 ** 53, 1e300]
const NO_IDS = [
  'abc',
  '0',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  '%20',
  '%00',
  '9007199254740992',
  '99999999999999999999999',
]

export function input(chat: Chat) {
  let pair: Pair
  let messageId: number
  beforeAll(async () => {
    pair = await chat.pair()
    messageId = (await send(pair.seller, pair.conversation.id, 'hello')).id
  })
  // Whatever was sent, the server goes on serving and nothing was kept of it.
  afterEach(async () => {
    expect(await totalUnread(pair.buyer)).toBe(1)
    expect((await listMessages(pair.buyer, pair.conversation.id)).data.map(({ id }) => id)).toEqual([
      messageId,
    ])
  })
  const of = (rest: string) => `/conversations/${pair.conversation.id}${rest}`
  const show = (value: unknown) => JSON.stringify({ value })

  describe('bodies', () => {
    test.each(NO_POSITIVE_INTEGERS.map((value) => [show(value), value]))(
      'product_id: %s',
      async (_, value) => {
        refusal(await pair.buyer.post('/conversations', { product_id: value }), 'product_id')
      },
    )

    test.each(NO_POSITIVE_INTEGERS.map((value) => [show(value), value]))(
      'last_message_id: %s',
      async (_, value) => {
        refusal(await pair.buyer.post(of('/delivered'), { last_message_id: value }), 'last_message_id')
      },
    )

    test.each([undefined, null, 0, 1, true, [], ['a'], {}, '', ' ', '\n\t \r', '\u00a0\u2003\ufeff', 'a\0b'])(
      'text: %j',
      async (text) => {
        refusal(await pair.buyer.post(of('/messages'), { text }), 'text')
      },
    )

    test('text: 2001 characters of any kind, or very many', async () => {
      for (const text of ['a'.repeat(2001), '😀'.repeat(2001), '字'.repeat(2001), 'x'.repeat(20_000)]) {
        refusal(await pair.buyer.post(of('/messages'), { text }), 'text')
      }
    })

    test('no JSON, JSON that is no object, another media type, nothing at all', async () => {
      const type = { 'content-type': 'application/json' }
      for (const [path, method] of [
        ['/conversations', 'POST'],
        [of('/messages'), 'POST'],
        [of('/delivered'), 'POST'],
      ] as const) {
        const post = (raw: string, headers: Record<string, string> = type) =>
          pair.buyer.request(method, path, { raw, headers })
        for (const raw of ['{"text":', '{text: 1}', '\ufffe', '{"__proto__":'])
          refusal(await post(raw), 'body')
        for (const raw of ['null', '[]', '"text"', '7', '']) failure(await post(raw), 422, 'validation_error')
        failure(await post('text=hello', { 'content-type': 'text/plain' }), 422, 'validation_error')
        failure(await post('<text/>', { 'content-type': 'application/xml' }), 422, 'validation_error')
        failure(await post('{}', { 'content-type': 'nonsense' }), 422, 'validation_error')
        failure(await pair.buyer.post(path), 422, 'validation_error')
      }
    })

    test('JSON of several megabytes, and JSON nested a hundred thousand deep', async () => {
      const deep = `{"text":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
      for (const raw of [JSON.stringify({ text: 'x'.repeat(3_000_000) }), deep]) {
        const reply = await pair.buyer.request('POST', of('/messages'), {
          raw,
          headers: { 'content-type': 'application/json' },
        })
        failure(reply, 422, 'validation_error')
      }
    })

    test('fields that poison prototypes change nothing for anybody', async () => {
      const poison = '{"text":"","__proto__":{"text":"poison"},"constructor":{"prototype":{"text":"poison"}}}'
      const headers = { 'content-type': 'application/json' }
      failure(
        await pair.buyer.request('POST', of('/messages'), { raw: poison, headers }),
        422,
        'validation_error',
      )
      refusal(await pair.buyer.post(of('/messages'), {}), 'text')
    })
  })

  describe('paths and queries', () => {
    test.each(NO_IDS)('id %s is 404 on every route', async (id) => {
      const { buyer } = pair
      const replies = [
        await buyer.get(`/conversations/${id}`),
        await buyer.delete(`/conversations/${id}`),
        await buyer.get(`/conversations/${id}/messages`),
        await buyer.post(`/conversations/${id}/messages`, { text: 'hello' }),
        await buyer.post(`/conversations/${id}/messages/image`, {}),
        await buyer.post(`/conversations/${id}/read`),
        await buyer.post(`/conversations/${id}/typing`),
        await buyer.post(`/conversations/${id}/delivered`, { last_message_id: 1 }),
        await buyer.get(`/conversations/${id}/messages/search`, { q: 'hello' }),
        await buyer.get(`/users/${id}/online`),
      ]
      for (const reply of replies) failure(reply, 404, 'not_found_error')
    })

    test.each([0, 101, -1, 1.5, 'abc', '', '1e400', '9007199254740993', '10; drop table'])(
      'limit=%s',
      async (limit) => {
        for (const path of ['/conversations', of('/messages')])
          refusal(await pair.buyer.get(path, { limit }), 'limit')
      },
    )

    test.each(['all', 'UNREAD', 'read,unread', ' '])('filter=%s', async (filter) => {
      refusal(await pair.buyer.get('/conversations', { filter }), 'filter')
    })

    test('the same parameter twice', async () => {
      const { buyer } = pair
      refusal(await buyer.get('/conversations?limit=5&limit=6'), 'limit')
      refusal(await buyer.get('/conversations?filter=unread&filter=unread'), 'filter')
      refusal(await buyer.get(`${of('/messages')}?cursor=a&cursor=b`), 'cursor')
      refusal(await buyer.get('/messages/search?q=hello&q=world'), 'q')
    })

    test('unknown routes and methods are 404 in the same envelope', async () => {
      failure(await pair.buyer.get('/nothing/here'), 404, 'not_found_error')
      failure(await pair.buyer.get(of('/read')), 404, 'not_found_error')
      failure(await pair.buyer.request('PATCH', of('')), 404, 'not_found_error')
    })

    test('q of every kind', async () => {
      for (const path of ['/messages/search', of('/messages/search')]) {
        for (const q of ['', 'x', 'x'.repeat(10_000)]) refusal(await pair.buyer.get(path, { q }), 'q')
        const reply = await pair.buyer.get(path, { q: '\0\0' })
        expect([200, 422], 'U+0000').toContain(reply.status)
      }
    })
  })

  describe('cursors', () => {
    async function cursors() {
      const [buyer, seller] = [await chat.person(), pair.seller]
      const first = await openConversation(buyer, await chat.product(seller))
      const second = await openConversation(buyer, await chat.product(seller))
      for (const { id } of [first, second]) for (const text of ['apple', 'apple']) await send(buyer, id, text)
      const list = (await listConversations(buyer, { limit: 1 })).meta.next_cursor ?? ''
      const messages = (await listMessages(buyer, first.id, { limit: 1 })).meta.next_cursor ?? ''
      return { buyer, first, second, list, messages }
    }

    test('that never came from the server', async () => {
      const invented = ['garbage', '0', '-1', 'null', 'e30', 'eyJpZCI6MX0', '%00', 'ж', 'a'.repeat(5000)]
      for (const cursor of invented) {
        refusal(await pair.buyer.get('/conversations', { cursor }), 'cursor')
        refusal(await pair.buyer.get(of('/messages'), { cursor }), 'cursor')
      }
    })

    test('with any one character changed', async () => {
      const { buyer, first, list, messages } = await cursors()
      for (let at = 0; at < list.length - 1; at += 3) {
        refusal(await buyer.get('/conversations', { cursor: changed(list, at) }), 'cursor')
      }
      for (let at = 0; at < messages.length - 1; at += 3) {
        refusal(
          await buyer.get(`/conversations/${first.id}/messages`, { cursor: changed(messages, at) }),
          'cursor',
        )
      }
    })

    test('of another list', async () => {
      const { buyer, first, list, messages } = await cursors()
      refusal(await buyer.get('/conversations', { cursor: messages }), 'cursor')
      refusal(await buyer.get(`/conversations/${first.id}/messages`, { cursor: list }), 'cursor')
      expect((await buyer.get('/conversations', { cursor: list })).status).toBe(200)
    })

    test('of another conversation or another person, shows nothing of either', async () => {
      const { buyer, second, list, messages } = await cursors()
      const elsewhere = await buyer.get(`/conversations/${second.id}/messages`, { cursor: messages })
      if (elsewhere.status === 422) refusal(elsewhere, 'cursor')
      else
        for (const message of exact(messageListResponse, elsewhere.body).data)
          expect(message.conversation_id).toBe(second.id)
      const outsider = await chat.person()
      const foreign = await outsider.get('/conversations', { cursor: list })
      if (foreign.status === 422) refusal(foreign, 'cursor')
      else expect(foreign.body).toEqual({ data: [], meta: { has_more: false, next_cursor: null } })
    })
  })

  describe('what is taken although it looks odd', () => {
    test('unknown fields, unknown parameters, a read and a typing with an empty JSON body', async () => {
      const { buyer, seller } = await chat.pair()
      const product = await chat.product(seller)
      const odd = { product_id: product, sender_id: 1, user_id: 'x', nested: { a: [1] } }
      const reply = await buyer.post('/conversations', odd)
      expect(reply.status).toBe(201)
      const { id } = await openConversation(buyer, product)
      const spoofed = await buyer.post(`/conversations/${id}/messages`, {
        text: 'x',
        sender_id: seller.id,
        id: 1,
      })
      expect(spoofed).toMatchObject({ status: 201, body: { data: { sender_id: buyer.id } } })
      expect((await buyer.get('/conversations', { surprise: 'x', limit: '5' })).status).toBe(200)
      const headers = { 'content-type': 'application/json' }
      for (const raw of ['', '{}']) {
        expect((await buyer.request('POST', `/conversations/${id}/read`, { raw, headers })).status).toBe(200)
        expect((await buyer.request('POST', `/conversations/${id}/typing`, { raw, headers })).status).toBe(
          200,
        )
      }
      expect((await buyer.request('DELETE', `/conversations/${id}`, { headers })).status).toBe(200)
    })

    test('half a character becomes text or is refused, and is never a fault of the server', async () => {
      const { buyer, conversation } = await chat.pair()
      const raw = '{"text":"broken \\ud800 half"}'
      const headers = { 'content-type': 'application/json' }
      const reply = await buyer.request('POST', `/conversations/${conversation.id}/messages`, {
        raw,
        headers,
      })
      expect([201, 422]).toContain(reply.status)
    })
  })
}

function changed(cursor: string, at: number) {
  return `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
}
