import { messageResponse } from '@parley/wire/dialogs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { openDialogs, refusal, scope, succeeded } from '../support/dialogs.ts'
import type { Dialogs } from '../support/dialogs.ts'
import type { Person } from '../support/workspace.ts'

const LONG = 'x'.repeat(256)
const NO_NAME = 'must have 1 to 255 characters'
const NO_LONG = 'must have at most 255 characters'
const NO_TEXT = 'must contain neither the character U+0000 nor half of a surrogate pair'
const UNKNOWN_ID = '00000000-0000-8000-8000-000000000002'
const NO_MESSAGE = 'is not a message of this'

type Refused = [name: string, what: string, body: unknown, ...faults: string[]]

const QUERIES: Refused[] = [
  ['another type', 'GET /dialogs?type=all', undefined, 'type: '],
  [
    'no scopes to look for dialogs with',
    'GET /dialogs?type=available',
    undefined,
    'x-scope-config: is required',
  ],
  [
    'the same about something',
    'GET /dialogs/by-object/a/b/list?type=available',
    undefined,
    'x-scope-config: is',
  ],
  ...['0', '-1', '1.5', '1e1', '', 'x', '9'.repeat(30)].flatMap((limit): Refused[] => [
    [
      `a limit of "${limit}"`,
      `GET /dialogs?limit=${limit}`,
      undefined,
      'limit: must be a whole number of at',
    ],
    [
      `a limit of "${limit}"`,
      `GET /dialogs/:id/messages?limit=${limit}`,
      undefined,
      'limit: must be a whole',
    ],
  ]),
  ['two limits', 'GET /dialogs?limit=1&limit=2', undefined, 'limit: must be a whole number'],
  ['an offset below 0', 'GET /dialogs?offset=-1', undefined, 'offset: must be a whole number of at least 0'],
  ['neither yes nor no', 'GET /dialogs?archived=1', undefined, 'archived: must be true or false'],
  ['a long search', `GET /dialogs?search=${LONG}`, undefined, `search: ${NO_LONG}`],
  ['U+0000 in a search', 'GET /dialogs?search=%00', undefined, `search: ${NO_TEXT}`],
  [
    'two places',
    'GET /dialogs/:id/messages?before=:mid&after=:mid',
    undefined,
    'one of before, after and around',
  ],
  ...['before', 'after', 'around'].flatMap((field): Refused[] => [
    ['no UUID', `GET /dialogs/:id/messages?${field}=7`, undefined, `${field}: must be a UUID`],
    [
      'no id of ours',
      `GET /dialogs/:id/messages?${field}=${UNKNOWN_ID}`,
      undefined,
      `${field}: ${NO_MESSAGE}`,
    ],
    [
      'a message of another',
      `GET /dialogs/:id/messages?${field}=:elsewhere`,
      undefined,
      `${field}: ${NO_MESSAGE}`,
    ],
  ]),
]

const MEMBERSHIP: Refused[] = [
  ['nothing', 'POST /dialogs/:id/join', undefined, 'display_name: ', '; company: '],
  ['no name', 'POST /dialogs/:id/join', { display_name: '', company: 'x' }, `display_name: ${NO_NAME}`],
  ['a long name', 'POST /dialogs/:id/join', { display_name: LONG, company: 'x' }, `display_name: ${NO_NAME}`],
  ['U+0000', 'POST /dialogs/:id/join', { display_name: 'a\0', company: 'x' }, `display_name: ${NO_TEXT}`],
  [
    'half a character',
    'POST /dialogs/:id/join',
    { display_name: 'a', company: '\ud83d' },
    `company: ${NO_TEXT}`,
  ],
  ['a number', 'POST /dialogs/:id/join', { display_name: 'a', company: 'x', email: 7 }, 'email: '],
  [
    'a long number',
    'POST /dialogs/:id/join',
    { display_name: 'a', company: 'x', phone: LONG },
    `phone: ${NO_LONG}`,
  ],
  ['nothing', 'POST /dialogs/:id/notifications', {}, 'enabled: '],
  ['a text', 'POST /dialogs/:id/notifications', { enabled: 'true' }, 'enabled: '],
  ['nothing', 'POST /dialogs/:id/read', {}, 'last_read_message_id: must be a UUID'],
  ['a number', 'POST /dialogs/:id/read', { last_read_message_id: 7 }, 'last_read_message_id: must be a UUID'],
  [
    'no id of ours',
    'POST /dialogs/:id/read',
    { last_read_message_id: UNKNOWN_ID },
    `last_read_message_id: ${NO_MESSAGE}`,
  ],
]

const file = { s3_key: 'x', filename: 'a.txt', content_type: 'text/plain', size: 1 }
const SIZE = 'must be a whole number from 1 to 104857600'
const KEY = 'attachments: must have keys of uploads to this dialog'
const sent = (more: object) => ({ content: 'x', attachments: [{ ...file, ...more }] })

const MESSAGES: Refused[] = [
  ['nothing', 'POST /dialogs/:id/messages', undefined, 'content: must not be empty'],
  ['white space', 'POST /dialogs/:id/messages', { content: ' \n' }, 'content: must not be empty'],
  ['empty paragraphs', 'POST /dialogs/:id/messages', { content: '<p> </p>' }, 'content: must not be empty'],
  ['a number', 'POST /dialogs/:id/messages', { content: 7 }, 'content: '],
  [
    'too much',
    'POST /dialogs/:id/messages',
    { content: 'ы'.repeat(25_001) },
    'content: must have at most 50000 bytes',
  ],
  [
    'U+0000',
    'POST /dialogs/:id/messages',
    { content: 'a\0' },
    'content: must not contain the character U+0000',
  ],
  ['no UUID', 'POST /dialogs/:id/messages', { content: 'x', reply_to: 'x' }, 'reply_to: must be a UUID'],
  [
    'no id of ours',
    'POST /dialogs/:id/messages',
    { content: 'x', reply_to: UNKNOWN_ID },
    `reply_to: ${NO_MESSAGE}`,
  ],
  [
    'a message of another',
    'POST /dialogs/:id/messages',
    { content: 'x', reply_to: ':elsewhere' },
    `reply_to: ${NO_MESSAGE}`,
  ],
  ['one file', 'POST /dialogs/:id/messages', { attachments: file }, 'attachments: '],
  [
    'eleven files',
    'POST /dialogs/:id/messages',
    { attachments: Array.from({ length: 11 }, () => file) },
    'attachments: must have at most 10 entries',
  ],
  ['no key', 'POST /dialogs/:id/messages', sent({ s3_key: undefined }), 'attachments.0.s3_key: '],
  [
    'another type',
    'POST /dialogs/:id/messages',
    sent({ content_type: 'text/html' }),
    'attachments.0.content_type: is',
  ],
  ['no size', 'POST /dialogs/:id/messages', sent({ size: 0 }), `attachments.0.size: ${SIZE}`],
  ...[
    '',
    'secret.txt',
    `dialogs/${UNKNOWN_ID}/${UNKNOWN_ID}.txt`,
    `dialogs/:id/../:id/${UNKNOWN_ID}.txt`,
    `dialogs/:id/..%2f${UNKNOWN_ID}.txt`,
    `/dialogs/:id/${UNKNOWN_ID}.txt`,
    `dialogs/:id/${UNKNOWN_ID}`,
    `dialogs/:id/${UNKNOWN_ID}.txt/..`,
    `dialogs/:id/${UNKNOWN_ID}.txt\n`,
  ].map((s3_key): Refused => [`the key ${s3_key}`, 'POST /dialogs/:id/messages', sent({ s3_key }), KEY]),
  [
    'a key of nothing',
    'POST /dialogs/:id/messages',
    sent({ s3_key: `dialogs/:id/${UNKNOWN_ID}.txt` }),
    'attachments: must be own uploads to this conversation',
  ],
  ['an edit to nothing', 'PUT /dialogs/:id/messages/:mid', { content: '' }, 'content: must not be empty'],
  ['an edit without', 'PUT /dialogs/:id/messages/:mid', {}, 'content: '],
  [
    'an edit to too much',
    'PUT /dialogs/:id/messages/:mid',
    { content: 'x'.repeat(50_001) },
    'content: must have at most',
  ],
]

eachStore('the dialogs dialect refuses', (database) => {
  let dialogs: Dialogs
  let person: Person
  let ids: Record<string, string>

  beforeAll(async () => {
    dialogs = await openDialogs(database())
    person = await dialogs.person()
    const { id } = await dialogs.open([person])
    const { id: mid } = await dialogs.send(person, id, 'here')
    const elsewhere = await dialogs.send(person, (await dialogs.open([person])).id, 'there')
    ids = { id, mid, elsewhere: elsewhere.id }
  })
  afterAll(() => dialogs.close())

  const filled = (text: string) =>
    text.replace(/:(mid|id|elsewhere)\b/g, (_, name: string) => ids[name] ?? '')

  async function attempt([, what, body, ...faults]: Refused): Promise<void> {
    const json = body === undefined ? undefined : (JSON.parse(filled(JSON.stringify(body))) as unknown)
    const scopes = what.endsWith('/join') ? scope(['a']) : undefined
    const reply = await dialogs.ask(person, filled(what), { body: json, ...(scopes && { scopes }) })
    const message = refusal(reply, 'VALIDATION_ERROR')
    for (const fault of faults) expect(message).toContain(fault)
  }

  it.each([...QUERIES, ...MEMBERSHIP, ...MESSAGES])('%s: %s', (...refused) => attempt(refused))

  it('scopes that cannot be read, and a join without any', async () => {
    const headers = { authorization: `Bearer ${person.token}` }
    const body = { display_name: 'a', company: 'x' }
    const join = `POST /dialogs/${ids['id']}/join`
    for (const what of ['GET /dialogs', `GET /dialogs/${ids['id']}`, 'GET /dialogs/by-object/a/b', join]) {
      const reply = await dialogs.request({ what, headers: { ...headers, 'x-scope-config': '{}' }, body })
      expect(refusal(reply, 'VALIDATION_ERROR')).toContain('x-scope-config: must be JSON in base64')
    }
    const reply = await dialogs.request({ what: join, headers, body })
    expect(refusal(reply, 'VALIDATION_ERROR')).toContain('x-scope-config: is required')
  })

  it('what is not JSON, not an object, or too long', async () => {
    const send = (payload: string, type = 'application/json') =>
      dialogs.server.app.inject({
        method: 'POST',
        url: `/api/v1/dialogs/${ids['id']}/messages`,
        headers: { authorization: `Bearer ${person.token}`, 'content-type': type },
        payload,
      })
    for (const payload of ['{', '[]', '"x"', '7', '{"__proto__":{}}']) {
      expect([payload, (await send(payload)).statusCode]).toEqual([payload, 400])
    }
    const plain = await send('<x/>', 'application/xml')
    refusal({ status: plain.statusCode, headers: {}, body: plain.json() }, 'UNSUPPORTED_MEDIA_TYPE')
    const long = await send(JSON.stringify({ content: 'x'.repeat(1024 * 1024) }))
    refusal({ status: long.statusCode, headers: {}, body: long.json() }, 'PAYLOAD_TOO_LARGE')
  })

  it('nothing that it does not know', async () => {
    const reply = await dialogs.ask(person, `POST /dialogs/${ids['id']}/messages?x=1`, {
      body: { content: 'x', colour: 'green', reply_to: null },
      scopes: { shoe_size: 44 },
    })
    succeeded(messageResponse, reply)
  })

  it.each(['x', '7', '%00', '%ff', UNKNOWN_ID, '9'.repeat(300)])('an id of nothing: %s', async (id) => {
    const path = `/dialogs/${id}`
    for (const what of [
      `GET ${path}`,
      `GET ${path}/messages`,
      `POST ${path}/pin`,
      `GET ${path}/messages/${ids['mid']}`,
    ]) {
      const reply = await dialogs.ask(person, what)
      refusal(reply, 'DIALOG_NOT_FOUND')
    }
    const message = await dialogs.ask(person, `GET /dialogs/${ids['id']}/messages/${id}`)
    refusal(message, 'MESSAGE_NOT_FOUND')
    const attachment = await dialogs.ask(person, `GET /attachments/${id}/url`)
    refusal(attachment, 'ATTACHMENT_NOT_FOUND')
  })

  it('a path that leads nowhere', async () => {
    for (const what of ['GET /nowhere', 'PATCH /dialogs', 'GET /']) {
      refusal(await dialogs.ask(person, what), 'NOT_FOUND')
    }
  })
})
