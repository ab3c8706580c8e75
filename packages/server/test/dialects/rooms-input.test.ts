import { messageResponse } from '@parley/wire/rooms'
import type { Chat, Message } from '@parley/wire/rooms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { form, openRooms, refusal, textFile } from '../support/rooms.ts'
import type { Rooms } from '../support/rooms.ts'
import type { Person } from '../support/workspace.ts'

const LONG_ID = 'x'.repeat(256)
const NO_ID = 'must have 1 to 255 characters'
const NO_NUL = 'must not contain the character U+0000'
const TOO_LONG = 'must have at most 10000 characters'
const NO_TEXT = 'must contain neither the character U+0000 nor half of a surrogate pair'

const nested = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)

type Refused = [name: string, what: string, body: unknown, ...faults: string[]]

const CHATS: Refused[] = [
  ['nobody', 'POST ', {}, 'participantIds: is required'],
  ['no list', 'POST ', { participantIds: 'bob' }, 'participantIds: must be a list'],
  ['an id that is no text', 'POST ', { participantIds: [7] }, 'participantIds.0: must be a string'],
  ['an empty id', 'POST ', { participantIds: [''] }, `participantIds.0: ${NO_ID}`],
  ['an id that is too long', 'POST ', { participantIds: ['a', LONG_ID] }, `participantIds.1: ${NO_ID}`],
  ['an id with U+0000', 'POST ', { participantIds: ['a\0'] }, `participantIds.0: ${NO_NUL}`],
  [
    'too many',
    'POST ',
    { type: 'group', participantIds: Array.from({ length: 1002 }, (_, n) => `${n}`) },
    'participantIds: must name at most 1000 others',
  ],
  ['nobody else', 'POST ', { participantIds: [] }, 'participantIds: must name at least 2 people'],
  ['three', 'POST ', { participantIds: ['a', 'b'] }, 'participantIds: must name 2 people for a direct chat'],
  ['another type', 'POST ', { participantIds: ['a'], type: 'support' }, 'type: must be one of direct, group'],
  [
    'a long title',
    'POST ',
    { type: 'group', participantIds: ['a'], title: 'x'.repeat(256) },
    'title: must have at most 255 characters',
  ],
  [
    'metadata that is a list',
    'POST ',
    { participantIds: ['a'], metadata: [] },
    'metadata: must be an object',
  ],
  [
    'metadata that is long',
    'POST ',
    { participantIds: ['a'], metadata: { a: 'x'.repeat(8185) } },
    'metadata: must have at most 8192 characters as JSON',
  ],
  [
    'metadata with U+0000',
    'POST ',
    { participantIds: ['a'], metadata: { 'a\0': 1 } },
    `metadata: ${NO_TEXT}`,
  ],
  [
    'metadata with half a character',
    'POST ',
    { participantIds: ['a'], metadata: { a: ['\ud83d'] } },
    `metadata: ${NO_TEXT}`,
  ],
  ['no seller', 'POST /purchase-request', { purchaseRequestId: 'x' }, 'sellerId: is required'],
  ['no purchase request', 'POST /purchase-request', { sellerId: 'x' }, 'purchaseRequestId: is required'],
  ['a subject that is no text', 'POST /support', { subject: 1 }, 'subject: must be a string'],
  [
    'a long subject',
    'POST /support',
    { subject: 'x'.repeat(256) },
    'subject: must have at most 255 characters',
  ],
  ['a long question', 'POST /support', { initialMessage: 'x'.repeat(10_001) }, `initialMessage: ${TOO_LONG}`],
  ['an empty question', 'POST /support', { initialMessage: ' ' }, 'initialMessage: must not be empty'],
  ['no participant', 'POST /:id/participants', {}, 'userId: is required'],
  ['an empty participant', 'POST /:id/participants', { userId: '' }, `userId: ${NO_ID}`],
]

const MESSAGES: Refused[] = [
  ['nothing', 'POST /:id/messages', undefined, 'content: is required'],
  ['nothing but white space', 'POST /:id/messages', { content: ' \n' }, 'content: must not be empty'],
  ['too much', 'POST /:id/messages', { content: '😀'.repeat(10_001) }, `content: ${TOO_LONG}`],
  ['U+0000', 'POST /:id/messages', { content: 'a\0b' }, `content: ${NO_NUL}`],
  [
    'another type',
    'POST /:id/messages',
    { content: 'x', type: 'image' },
    'type: must be one of text, system',
  ],
  [
    'a reply to what is no id',
    'POST /:id/messages',
    { content: 'x', replyToMessageId: 7 },
    'replyToMessageId: must be a string',
  ],
  [
    'a reply to another chat',
    'POST /:id/messages',
    { content: 'x', replyToMessageId: ':elsewhere' },
    'replyToMessageId: is not a message of this conversation',
  ],
  [
    'metadata that is a text',
    'POST /:id/messages',
    { content: 'x', metadata: 'x' },
    'metadata: must be an object',
  ],
  ['an edit to nothing', 'PUT /:id/messages/:messageId', { content: '' }, 'content: must not be empty'],
  [
    'an edit to too much',
    'PUT /:id/messages/:messageId',
    { content: 'x'.repeat(10_001) },
    `content: ${TOO_LONG}`,
  ],
  [
    'everything wrong at once',
    'POST /:id/messages',
    { content: 1, type: 2, metadata: 3 },
    'content: must be a string',
    '; type: must be one of',
    '; metadata: must be an object',
  ],
]

const WHOLE = (most: number) => `must be a whole number from 1 to ${most}`
const QUERIES: Refused[] = [
  ...['0', '101', '-1', '1.5', '1e1', '', 'x', '9'.repeat(30)].flatMap((limit): Refused[] => [
    [`a limit of "${limit}"`, `GET ?limit=${limit}`, undefined, `limit: ${WHOLE(100)}`],
    [`a limit of "${limit}"`, `GET /:id/messages?limit=${limit}`, undefined, `limit: ${WHOLE(100)}`],
  ]),
  ['two limits', 'GET ?limit=1&limit=2', undefined, `limit: ${WHOLE(100)}`],
  ['page 0', 'GET ?page=0', undefined, `page: ${WHOLE(100_000)}`],
  ['a page far away', 'GET /:id/messages?page=1000001', undefined, `page: ${WHOLE(1_000_000)}`],
  ['another type', 'GET ?type=channel', undefined, 'type: must be one of direct, group, support'],
  ...['', 'yesterday', '2026-02-11', '2026-13-11T00:00:00Z', '0', '9007199254740993'].map(
    (before): Refused => [
      `before "${before}"`,
      `GET /:id/messages?before=${before}`,
      undefined,
      'before: must be',
    ],
  ),
]

eachStore('the rooms dialect refuses', (database) => {
  let rooms: Rooms
  let person: Person
  let chat: Chat
  let message: Message
  let elsewhere: Message

  beforeAll(async () => {
    rooms = await openRooms(database())
    person = await rooms.person()
    await rooms.person({ role: 'support' })
    const other = await rooms.person()
    chat = await rooms.chat(person, { participantIds: [other.id] })
    message = await rooms.send(person, chat._id, 'hello')
    const { _id } = await rooms.chat(person, { type: 'group', participantIds: [other.id] })
    elsewhere = await rooms.send(person, _id, 'elsewhere')
  })
  afterAll(() => rooms.close())

  const there = (text: string) =>
    text.replace(':id', chat._id).replace(':messageId', message._id).replace(':elsewhere', elsewhere._id)

  describe.each([
    ['of chats', CHATS],
    ['of messages', MESSAGES],
    ['in queries', QUERIES],
  ])('%s', (_, table) => {
    it.each(table)('%s (%s)', async (_name, what, body, ...faults) => {
      const asked = body && (JSON.parse(there(JSON.stringify(body))) as unknown)
      const said = refusal(await rooms.ask(person, there(what), asked), 'invalid')
      expect(said.startsWith(faults[0] ?? '')).toBe(true)
      for (const fault of faults) expect(said).toContain(fault)
    })
  })

  it.each([
    [
      'a caption that is too long',
      form(['file', textFile()], ['content', 'x'.repeat(10_001)]),
      `content: ${TOO_LONG}`,
    ],
    [
      'a caption far too long',
      form(['content', 'x'.repeat(99_999)], ['file', textFile()]),
      `content: ${TOO_LONG}`,
    ],
    [
      'a reply to what is no id',
      form(['file', textFile()], ['replyToMessageId', 'x']),
      'replyToMessageId: must be',
    ],
    [
      'a reply to nothing',
      form(['replyToMessageId', '999'], ['file', textFile()]),
      'replyToMessageId: is not',
    ],
    ['no file', form(['content', 'x']), 'file: is required'],
    ['a file that is a text', form(['file', 'x']), 'file: is required'],
    ['a file by another name', form(['image', textFile()]), 'file: is required'],
    ['an empty file', form(['file', textFile('')]), 'file: must be 1 to 10485760 bytes'],
    ['two files', form(['file', textFile()], ['file', textFile()]), 'file: must be one file'],
  ])('a form with %s, and keeps nothing of it', async (_, body, fault) => {
    expect(refusal(await rooms.ask(person, there('POST /:id/messages/file'), body), 'invalid')).toContain(
      fault,
    )
    const kept = 'select (select count(*) from attachments) + (select count(*) from doomed_blobs) as count'
    expect(await rooms.server.chat.db.query(kept)).toEqual([{ count: 0 }])
  })

  it('an idempotency key that is empty or too long', async () => {
    for (const key of ['', 'x'.repeat(256)]) {
      const headers = { authorization: `Bearer ${person.token}`, 'idempotency-key': key }
      const reply = await rooms.request({
        what: there('POST /:id/messages'),
        headers,
        body: { content: 'x' },
      })
      expect(refusal(reply, 'invalid')).toBe('idempotency-key: must have 1 to 255 characters')
    }
  })

  it.each([
    ['no JSON', 'application/json', '{', 'invalid'],
    ['a list', 'application/json', '[]', 'invalid'],
    ['more than 512 KB', 'application/json', JSON.stringify({ content: 'x'.repeat(600_000) }), 'too_large'],
    ['nested too deeply', 'application/json', `{"content":"x","metadata":${nested(50_000)}}`, 'invalid'],
    ['another type', 'application/x-www-form-urlencoded', 'content=x', 'unsupported_type'],
    ['a file that is no form', 'image/png', 'x', 'unsupported_type', '/file'],
    ['a file in JSON', 'application/json', '{"file":"x"}', 'unsupported_type', '/file'],
    ['a form that is cut short', 'multipart/form-data; boundary=a', '--a\r\n', 'invalid', '/file'],
  ] as const)('a body that is %s', async (_, type, payload, code, path: string = '') => {
    const url = `/api/chat/${chat._id}/messages${path}`
    const headers = { authorization: `Bearer ${person.token}`, 'content-type': type }
    const reply = await rooms.server.app.inject({ method: 'POST', url, headers, payload })
    const { statusCode: status } = reply
    refusal({ status, headers: {}, body: reply.json() }, code)
  })

  it('nothing of 10,000 emoji, an id of 255 characters, or metadata that looks like an escape', async () => {
    const metadata = { text: String.raw`\u0000`, nested: { deep: ['😀', 1.5, null, true] } }
    const body = { content: '😀'.repeat(10_000), metadata }
    const sent = await rooms.ask(person, there('POST /:id/messages'), body)
    expect([sent.status, messageResponse.parse(sent.body).data.message]).toMatchObject([201, body])
    const unknown = await rooms.ask(person, 'POST ', { participantIds: ['x'.repeat(255)] })
    refusal(unknown, 'not_found')
  })
})
