import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { openSession } from '../../src/core/sessions.ts'
import { putSubject } from '../../src/core/subjects.ts'
import type { Actor, ConversationId } from '../../src/core/types.ts'
import { putUser } from '../../src/core/users.ts'
import { createLogger } from '../../src/logger.ts'
import { createServer } from '../../src/server.ts'
import type { Server } from '../../src/server.ts'
import { newActor, newConversation } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { listen, openScreen } from '../support/screen.ts'
import { hs256, SECRETS } from '../tokens.ts'

const BOUNDARY = 'boundary'
const image = [
  `--${BOUNDARY}`,
  'content-disposition: form-data; name="image"; filename="a.png"',
  'content-type: image/png',
  '',
  'no image at all',
  `--${BOUNDARY}--`,
  '',
].join('\r\n')

type Method = 'GET' | 'POST' | 'DELETE'
type Route = [Method, string, (object | string)?]

/** Every route that names a conversation. */
const routes: Route[] = [
  ['GET', ''],
  ['GET', '/messages'],
  ['GET', '/messages/search?q=hello'],
  ['POST', '/messages', { text: 'x' }],
  ['POST', '/messages/image', image],
  ['POST', '/read'],
  ['POST', '/delivered', { last_message_id: 1 }],
  ['POST', '/typing'],
  ['DELETE', ''],
]

eachStore('a conversation of the marketplace', (database) => {
  let server: Server
  let folder: string
  const logged: string[] = []
  let id: ConversationId
  const people = {} as Record<'seller' | 'buyer' | 'former' | 'outsider', Actor>

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-test-'))
    const config = readConfig({
      PARLEY_DATA: folder,
      PARLEY_LOG_LEVEL: 'silent',
      PARLEY_ALLOWED_ORIGINS: 'https://shop.example',
      PARLEY_JWT_SECRETS: SECRETS.join(','),
    })
    const logger = createLogger('debug', { write: (line) => logged.push(line) })
    server = await createServer({ config, db: database(), logger, version: 'test' })
    const { chat } = server
    for (const name of ['seller', 'buyer', 'former', 'outsider'] as const) people[name] = await newActor(chat)
    id = await newConversation(chat, people.buyer, people.seller)
    await sendMessage(chat, people.buyer, { conversationId: id, type: 'text', text: 'hello' })
    // Leaving comes with the dialects that have it; what it leaves behind is known.
    await chat.db.query(
      `insert into members (conversation_id, user_id, left_at) values ($1, $2, now() - interval '1 hour')`,
      [id, people.former.userId],
    )
  })
  afterAll(async () => {
    await server.close()
    fs.rmSync(folder, { recursive: true })
  })

  async function call(who: keyof typeof people, [method, suffix, body]: Route) {
    const { session, csrfToken } = await openSession(server.chat, people[who].userId, 60)
    const type = typeof body === 'string' ? `multipart/form-data; boundary=${BOUNDARY}` : 'application/json'
    const { statusCode, payload } = await server.app.inject({
      method,
      url: `/api/vendor/conversations/${id}${suffix}`,
      headers: {
        cookie: `PARTIZAP_SESSION=${session}`,
        'x-csrf-token': csrfToken,
        ...(body && { 'content-type': type }),
      },
      ...(body && { payload: body }),
    })
    return { statusCode, payload }
  }

  const trace = () =>
    server.chat.db.query(
      `select (select count(*) from messages) as messages, (select count(*) from events) as events,
              (select count(*) from attachments) as files, c.message_seq, c.change_seq, c.updated_at
       from conversations c where id = $1`,
      [id],
    )

  it.each(routes)('is closed to outsiders and former participants: %s %s', async (...route) => {
    const before = await trace()
    for (const who of ['outsider', 'former'] as const) {
      const { statusCode, payload } = await call(who, route)
      expect([who, statusCode, JSON.parse(payload)]).toEqual([
        who,
        403,
        {
          error: {
            code: 'authorization_error',
            message: 'You are not a participant of this conversation.',
          },
        },
      ])
    }
    expect(await trace()).toEqual(before)
  })

  it.each(routes)('is open to seller and buyer: %s %s', async (...route) => {
    for (const who of ['seller', 'buyer'] as const) {
      const { statusCode } = await call(who, route)
      expect([who, statusCode]).toEqual([
        who,
        route[1] === '/messages/image' ? 422 : expect.toBeOneOf([200, 201]),
      ])
    }
  })

  it('is found by nobody else: not in a list, a count or a search', async () => {
    for (const who of ['outsider', 'former'] as const) {
      const session = await openSession(server.chat, people[who].userId, 60)
      const headers = { cookie: `PARTIZAP_SESSION=${session.session}` }
      const get = async (url: string) =>
        (await server.app.inject({ url: `/api/vendor${url}`, headers })).json<{ data: unknown }>().data
      expect(await get('/conversations')).toEqual([])
      expect(await get('/conversations/unread-count')).toEqual({ total_unread: 0 })
      expect(await get('/messages/search?q=hello')).toEqual([])
    }
  })

  it('is heard by nobody whose id is no number, and the log says why', async () => {
    const { url } = await listen(server)
    await putUser(server.chat, {
      id: 'anna',
      displayName: 'Anna',
      avatarUrl: null,
      role: 'user',
      orgId: null,
    })
    const { client } = openScreen(url, () => hs256({ sub: 'anna' }))
    expect(await new Promise((resolve) => client.on('disconnected', ({ code }) => resolve(code)))).toBe(4501)
    const reason = 'This API serves users with numeric ids only.'
    expect(logged.map((line): unknown => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ reason }),
    )
  })

  it('is not found again by a buyer who has left it', async () => {
    const { chat } = server
    const left = await newConversation(chat, people.former, people.seller)
    await chat.db.query('update members set left_at = now() where conversation_id = $1 and user_id = $2', [
      left,
      people.former.userId,
    ])
    const [product] = await chat.db.query<{ id: string }>(
      'select subject_id as id from conversations where id = $1',
      [left],
    )
    expect(await open('former', Number(product?.id))).toMatchObject({ statusCode: 403 })
  })

  it('is not opened with a seller whom the dialect cannot name', async () => {
    const { chat } = server
    await putUser(chat, { id: 'acme', displayName: 'A', avatarUrl: null, role: 'user', orgId: null })
    const product = { type: 'product', id: '99', title: 'x', url: null, details: {} }
    await putSubject(chat, { ...product, ownerId: 'acme' })
    const { statusCode, payload } = await open('buyer', 99)
    expect(statusCode).toBe(422)
    expect(payload).toContain('"product_id":["The seller of this product cannot be reached here."]')
  })

  async function open(who: keyof typeof people, productId: number) {
    const { session, csrfToken } = await openSession(server.chat, people[who].userId, 60)
    return server.app.inject({
      method: 'POST',
      url: '/api/vendor/conversations',
      headers: { cookie: `PARTIZAP_SESSION=${session}`, 'x-csrf-token': csrfToken },
      payload: { product_id: productId },
    })
  }

  it('can be hidden from a page of an allowed origin, and of no other', async () => {
    const preflight = (origin: string) =>
      server.app.inject({
        method: 'OPTIONS',
        url: `/api/vendor/conversations/${id}`,
        headers: { origin, 'access-control-request-method': 'DELETE' },
      })
    const { headers } = await preflight('https://shop.example')
    expect(headers['access-control-allow-origin']).toBe('https://shop.example')
    expect(headers['access-control-allow-credentials']).toBe('true')
    expect(headers['access-control-allow-methods']).toContain('DELETE')
    expect((await preflight('https://evil.example')).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
  })

  it('is not found, in the dialect’s own words, under a path that cannot be decoded', async () => {
    const { session } = await openSession(server.chat, people.buyer.userId, 60)
    const reply = await server.app.inject({
      url: '/api/vendor/conversations/%ff',
      headers: { cookie: `PARTIZAP_SESSION=${session}` },
    })
    expect([reply.statusCode, reply.json()]).toMatchObject([404, { error: { code: 'not_found_error' } }])
  })
})
