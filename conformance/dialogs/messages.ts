import { describe, expect, test } from 'vitest'
import { messageResponse } from '@parley/wire/dialogs'
import {
  answered,
  contents,
  listMessages,
  messagesOf,
  read,
  refusal,
  send,
  standing,
  type Guest,
} from './guest.ts'
import { OPEN, type House } from './house.ts'

export function messages(house: House) {
  async function pair() {
    const [anna, boris] = await house.guests(2)
    return { anna, boris, id: (await house.open([anna, boris], { access_scopes: [OPEN] })).id }
  }
  const idsOf = (listed: { id: string }[]) => listed.map((message) => message.id)
  const write = async (who: Guest, id: string, count: number) =>
    idsOf(await Promise.all(Array.from({ length: count }, (_, n) => send(who, id, `Message ${n}`)))).sort()

  describe('GET /dialogs/{id}/messages', () => {
    test('begins with how the dialog began', async () => {
      const { anna, boris, id } = await pair()
      const { messages: listed, ...page } = await listMessages(anna, id)
      expect(listed).toMatchObject([
        { dialog_id: id, sender_id: null, message_type: 'system', last_edited_at: null, attachments: [] },
      ])
      expect(JSON.parse(listed[0]?.content ?? '')).toEqual({
        event: 'chat_created',
        participants: [{ name: anna.name }, { name: boris.name }],
      })
      expect(page).toMatchObject({ has_more_before: false, has_more_after: false })
    })

    test('gives the newest 50, 100 at most, the oldest first, and the rest before, after and around one', async () => {
      const { anna, boris, id } = await pair()
      const ids = await write(anna, id, 104)
      const page = async (query: string) => {
        const { messages: listed, ...more } = await listMessages(boris, id, query)
        return { ids: idsOf(listed), ...more }
      }
      expect(await page('')).toMatchObject({
        ids: ids.slice(-50),
        has_more_before: true,
        has_more_after: false,
      })
      expect((await page('?limit=1000')).ids).toEqual(ids.slice(-100))
      expect(await page(`?limit=10&before=${ids[50]}`)).toMatchObject({
        ids: ids.slice(40, 50),
        has_more_before: true,
        has_more_after: true,
      })
      expect(await page(`?limit=10&after=${ids[98]}`)).toMatchObject({
        ids: ids.slice(99),
        has_more_before: true,
        has_more_after: false,
      })
      for (const [limit, first, last] of [
        [10, 45, 55],
        [5, 48, 52],
        [1, 50, 50],
      ] as const) {
        const around = await page(`?limit=${limit}&around=${ids[50]}`)
        expect(around).toMatchObject({
          ids: ids.slice(first, last + 1),
          has_more_before: true,
          has_more_after: true,
        })
        expect(around).not.toHaveProperty('first_unread_message_id')
      }
    })

    test('says where one has to read on', async () => {
      const { anna, boris, id } = await pair()
      const ids = await write(anna, id, 5)
      const first = async () => (await listMessages(boris, id)).first_unread_message_id
      const { messages: all, first_unread_message_id: never } = await listMessages(boris, id)
      expect(never, 'the first of all for who never read').toBe(all[0]?.id)
      await read(boris, id, ids[1] ?? '')
      expect(await first()).toBe(ids[2])
      await boris.call(`POST /dialogs/${id}/read`, { last_read_message_id: ids[4] })
      expect(await first()).toBeUndefined()
      expect((await listMessages(anna, id)).first_unread_message_id).toBeUndefined()
    })

    test('refuses places that are none', async () => {
      const { anna, id } = await pair()
      const [one = ''] = await write(anna, id, 1)
      const elsewhere = (await send(anna, (await house.open([anna])).id, 'Elsewhere')).id
      const wrong = [
        'limit=0',
        'before=x',
        `after=${id}`,
        `around=${elsewhere}`,
        `before=${one}&after=${one}`,
      ]
      for (const query of wrong)
        refusal(await anna.call(`GET /dialogs/${id}/messages?${query}`), 'VALIDATION_ERROR')
    })
  })

  describe('POST /dialogs/{id}/messages', () => {
    test('answers 200 with the message, which may answer another one', async () => {
      const { anna, boris, id } = await pair()
      const first = await send(anna, id, 'Question')
      expect(first).toMatchObject({
        dialog_id: id,
        sender_id: anna.id,
        content: 'Question',
        last_edited_at: null,
        reply_to_id: null,
        message_type: 'user',
        attachments: [],
      })
      const answer = await send(boris, id, 'Answer', { reply_to: first.id })
      expect(answer.reply_to_id).toBe(first.id)
      expect(await messagesOf(anna, id)).toEqual([first, answer])
      const elsewhere = await send(anna, (await house.open([anna])).id, 'Elsewhere')
      for (const reply_to of [elsewhere.id, id, 'x']) {
        const reply = await anna.call(`POST /dialogs/${id}/messages`, { content: 'x', reply_to })
        expect(refusal(reply, 'VALIDATION_ERROR')).toMatch(/^reply_to: /)
      }
    })

    test('takes 50,000 bytes, however many characters they are', async () => {
      const { anna, id } = await pair()
      for (const most of ['x'.repeat(50_000), 'я'.repeat(25_000), '😀'.repeat(12_500)]) {
        expect((await send(anna, id, most)).content).toBe(most)
        const reply = await anna.call(`POST /dialogs/${id}/messages`, { content: `${most}x` })
        expect(refusal(reply, 'VALIDATION_ERROR')).toMatch(/^content: .*50000/)
      }
      expect(await messagesOf(anna, id)).toHaveLength(3)
    })

    test.each([
      ['nothing', undefined],
      ['an empty text', { content: '' }],
      ['white space', { content: ' \n\t' }],
      ['markup around nothing', { content: '<p><br></p>' }],
      ['a number', { content: 7 }],
      ['U+0000', { content: 'a\0b' }],
      ['eleven files', { content: 'x', attachments: Array(11).fill({}) }],
      ['files that are none', { content: 'x', attachments: 'x' }],
    ])('refuses %s', async (_, body) => {
      const { anna, id } = await pair()
      refusal(await anna.call(`POST /dialogs/${id}/messages`, body), 'VALIDATION_ERROR')
      expect(await messagesOf(anna, id)).toEqual([])
    })

    test('the same key of the same sender is the same message, also ten at once', async () => {
      const { anna, boris, id } = await pair()
      const key = { 'idempotency-key': 'once' }
      const post = (who: Guest, content: string) => who.call(`POST /dialogs/${id}/messages`, { content }, key)
      const replies = await Promise.all(Array.from({ length: 10 }, (_, n) => post(anna, `Try ${n}`)))
      const sent = replies.map((reply) => answered(messageResponse, reply).data)
      expect(new Set(idsOf(sent)).size).toBe(1)
      expect(answered(messageResponse, await post(boris, 'His')).data.id).not.toBe(sent[0]?.id)
      expect(await messagesOf(anna, id)).toHaveLength(2)
      expect((await standing(boris, id)).unread_count).toBe(0)
    })

    test('many at once have ids in one order for everybody', async () => {
      const { anna, boris, id } = await pair()
      const sent = await Promise.all(
        Array.from({ length: 30 }, (_, n) => send(n % 2 === 0 ? anna : boris, id, `At once ${n}`)),
      )
      const listed = await messagesOf(anna, id)
      expect(idsOf(listed)).toEqual(idsOf(sent).sort())
      expect(await messagesOf(boris, id)).toEqual(listed)
    })
  })

  describe('/dialogs/{id}/messages/{mid}', () => {
    test('GET gives one, PUT another content, DELETE takes it away', async () => {
      const { anna, boris, id } = await pair()
      const message = await send(anna, id, 'Frist')
      const path = `/dialogs/${id}/messages/${message.id}`
      expect(answered(messageResponse, await boris.call(`GET ${path}`)).data).toEqual(message)
      const edited = answered(
        messageResponse,
        await anna.call(`PUT ${path}`, { content: '<b>First</b>' }),
      ).data
      expect({ ...edited, last_edited_at: null }).toEqual({ ...message, content: '<b>First</b>' })
      expect(edited.last_edited_at).not.toBeNull()
      expect(await messagesOf(boris, id)).toEqual([edited])
      for (let time = 0; time < 2; time++) {
        const gone = await anna.call(`DELETE ${path}`)
        expect([gone.status, gone.bytes.length]).toEqual([204, 0])
      }
      expect(await messagesOf(boris, id)).toEqual([])
      expect((await standing(boris, id)).unread_count).toBe(0)
      for (const [method, body] of [['GET'], ['PUT', { content: 'x' }]] as const)
        refusal(await anna.call(`${method} ${path}`, body), 'MESSAGE_NOT_FOUND')
    })

    test('is its author’s alone to change, and found in its own dialog alone', async () => {
      const { anna, boris, id } = await pair()
      const { id: mid } = await send(anna, id, 'Mine')
      const other = (await house.open([anna, boris])).id
      for (const [method, body] of [['PUT', { content: 'x' }], ['DELETE']] as const) {
        refusal(await boris.call(`${method} /dialogs/${id}/messages/${mid}`, body), 'NOT_MESSAGE_AUTHOR')
        refusal(await anna.call(`${method} /dialogs/${other}/messages/${mid}`, body), 'MESSAGE_NOT_FOUND')
      }
      for (const none of ['x', id, '019481a2-0000-7000-8000-000000000000'])
        refusal(await anna.call(`GET /dialogs/${id}/messages/${none}`), 'MESSAGE_NOT_FOUND')
      for (const content of ['', ' ', 7, 'x'.repeat(50_001)])
        refusal(await anna.call(`PUT /dialogs/${id}/messages/${mid}`, { content }), 'VALIDATION_ERROR')
      expect(contents(await messagesOf(boris, id))).toEqual(['Mine'])
    })

    test('nobody changes what the server says', async () => {
      const { anna, id } = await pair()
      const [began] = (await listMessages(anna, id)).messages
      for (const [method, body] of [['PUT', { content: 'x' }], ['DELETE']] as const)
        refusal(await anna.call(`${method} /dialogs/${id}/messages/${began?.id}`, body), 'NOT_MESSAGE_AUTHOR')
    })
  })
}
