import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { sendMessage } from '../../src/core/messages.ts'
import type { Actor, ConversationId, UserId } from '../../src/core/types.ts'
import { createLogger } from '../../src/logger.ts'
import { createServer } from '../../src/server.ts'
import type { Server } from '../../src/server.ts'
import { newActor, newConversation } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

const TOKEN = 'the-secret-of-the-host-in-this-test'

interface Taken {
  data: { id: number; user_id: UserId; message: { id: number; text: string } }[]
}

eachStore('the host takes offline notifications', (database) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-test-'))
  let server: Server
  let buyer: Actor
  let seller: Actor
  let id: ConversationId

  async function open(environment: Record<string, string> = { PARLEY_HOST_TOKEN: TOKEN }): Promise<void> {
    const config = readConfig({ PARLEY_DATA: folder, PARLEY_LINK_PREVIEWS: 'false', ...environment })
    server = await createServer({ config, db: database(), logger: createLogger('silent'), version: 'test' })
  }

  beforeAll(() => open())
  afterAll(async () => {
    await server.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    seller = await newActor(server.chat)
    buyer = await newActor(server.chat)
    id = await newConversation(server.chat, buyer, seller)
  })

  async function call(what: 'take' | 'done', body?: unknown, token = TOKEN) {
    const reply = await server.app.inject({
      method: 'POST',
      url: `/host/notifications/${what}`,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { payload: body as object }),
    })
    return { status: reply.statusCode, body: reply.payload && (JSON.parse(reply.payload) as unknown) }
  }

  const say = async (text: string) =>
    (await sendMessage(server.chat, buyer, { conversationId: id, type: 'text', text })).message

  /** The notifications of these messages, once they are all there; whatever else comes is an error. */
  async function take(...messageIds: number[]): Promise<Taken['data']> {
    const taken: Taken['data'] = []
    await vi.waitFor(
      async () => {
        taken.push(...((await call('take', { limit: 1000 })).body as Taken).data)
        expect(taken.map(({ message }) => message.id)).toEqual(messageIds)
      },
      { timeout: 10_000 },
    )
    return taken
  }

  const done = (taken: Taken['data']) => call('done', { ids: taken.map((notification) => notification.id) })
  const lapse = () => server.chat.db.query('update notifications set due_at = now()')
  const numbered = () =>
    vi.waitFor(async () =>
      expect(await server.chat.db.query('select from events where position is null')).toEqual([]),
    )

  it('of whoever is not connected, until it says that they are done', async () => {
    const message = await say('Is it still there?')
    const taken = await take(message.id)
    expect(taken).toEqual([
      {
        id: expect.any(Number) as number,
        user_id: seller.userId,
        conversation_id: id,
        message: {
          id: message.id,
          sender_id: buyer.userId,
          type: 'text',
          text: 'Is it still there?',
          created_at: message.createdAt.toISOString(),
        },
        created_at: expect.any(String) as string,
      },
    ])
    await lapse()
    expect(await call('take')).toEqual({ status: 200, body: { data: taken } })
    expect(await done(taken)).toEqual({ status: 204, body: '' })
    await lapse()
    expect(await call('take')).toEqual({ status: 200, body: { data: [] } })
    expect((await done(taken)).status).toBe(204)
  })

  it('of what was written just before the server stopped, after its start', async () => {
    const message = await say('Good night')
    await server.close()
    await open()
    const next = await say('Good morning')
    await done(await take(message.id, next.id))
  })

  it('of nothing that was written while it had no way to ask', async () => {
    await server.close()
    await open({})
    expect((await call('take')).status).toBe(404)
    await say('Hello?')
    await numbered()
    await server.close()
    await open()
    const message = await say('Hello!')
    await done(await take(message.id))
  })

  it('with its own secret only, and in numbers that make sense', async () => {
    expect((await call('take', {}, 'another')).status).toBe(401)
    expect((await call('done', { ids: [] }, 'another')).status).toBe(401)
    for (const limit of [0, 1001, 1.5, '1', null])
      expect(await call('take', { limit })).toMatchObject({
        status: 422,
        body: { error: { code: 'validation' } },
      })
    for (const ids of [undefined, 1, [0], ['1'], Array.from({ length: 1001 }, (_, n) => n + 1)])
      expect(await call('done', { ids })).toMatchObject({
        status: 422,
        body: { error: { code: 'validation' } },
      })
    expect((await call('done', { ids: [] })).status).toBe(204)
  })
})
