import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { sendMessage } from '../../src/core/sending.ts'
import type { Actor, ConversationId, UserId } from '../../src/core/types.ts'
import { newActor, newConversation } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { connectionToken, listen, openScreen } from '../support/screen.ts'
import { openWorkspace } from '../support/workspace.ts'
import type { Workspace } from '../support/workspace.ts'

const TOKEN = 'the-secret-of-the-host-in-this-test'

interface Taken {
  data: { id: number; user_id: UserId; message: { id: number; text: string } }[]
}

eachStore('the host takes offline notifications', (database) => {
  let workspace: Workspace
  let buyer: Actor
  let seller: Actor
  let id: ConversationId

  async function open(environment: Record<string, string> = { PARLEY_HOST_TOKEN: TOKEN }): Promise<void> {
    workspace = await openWorkspace(database(), environment)
  }

  beforeAll(() => open())
  afterAll(() => workspace.close())
  beforeEach(async () => {
    seller = await newActor(workspace.server.chat)
    buyer = await newActor(workspace.server.chat)
    id = await newConversation(workspace.server.chat, buyer, seller)
  })

  async function call(what: 'take' | 'done', body?: unknown, token = TOKEN) {
    const reply = await workspace.server.app.inject({
      method: 'POST',
      url: `/host/notifications/${what}`,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { payload: body as object }),
    })
    return { status: reply.statusCode, body: reply.payload && (JSON.parse(reply.payload) as unknown) }
  }

  const say = async (text: string) =>
    (await sendMessage(workspace.server.chat, buyer, { conversationId: id, type: 'text', text })).message

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
  const lapse = () => workspace.server.chat.db.query('update notifications set due_at = now()')
  const numbered = () =>
    vi.waitFor(async () =>
      expect(await workspace.server.chat.db.query('select from events where position is null')).toEqual([]),
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

  it('of nobody who is connected', async () => {
    const [ann, bob, carol] = [await workspace.person(), await workspace.person(), await workspace.person()]
    const group = { type: 'group', name: 'Lunch', memberIds: [bob.id, carol.id] }
    const { id: lunch } = await workspace.conversation(ann, group)
    const { url } = await listen(workspace.server)
    const { client } = openScreen(url, () => connectionToken(workspace, bob))
    await client.ready()
    const first = await workspace.send(ann, lunch, 'Who is hungry?')
    const taken = await take(Number(first.id))
    expect(taken.map(({ user_id }) => user_id)).toEqual([carol.id])

    client.disconnect()
    await vi.waitFor(() => expect(workspace.server.chat.presence.here()).not.toContain(bob.id))
    const second = Number((await workspace.send(ann, lunch, 'Nobody?')).id)
    const later = await take(second, second)
    expect(later.map(({ user_id }) => user_id).sort()).toEqual([bob.id, carol.id].sort())
    await done([...taken, ...later])
  })

  it('of what was written just before the server stopped, after its start', async () => {
    const message = await say('Good night')
    await workspace.close()
    await open()
    const next = await say('Good morning')
    await done(await take(message.id, next.id))
  })

  it('of nothing that was written while it had no way to ask', async () => {
    await workspace.close()
    await open({})
    expect((await call('take')).status).toBe(404)
    await say('Hello?')
    await numbered()
    await workspace.close()
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
