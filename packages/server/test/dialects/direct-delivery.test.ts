import { fc, it as check } from '@fast-check/vitest'
import type { Message } from '@parley/wire/direct'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDirect } from '../../src/core/direct.ts'
import { sendMessage } from '../../src/core/sending.ts'
import type { ConversationId } from '../../src/core/types.ts'
import { eachStore } from '../support/databases.ts'
import type { Person } from '../support/workspace.ts'
import { openDirectScene } from './direct-scene.ts'
import type { Client, DirectScene } from './direct-scene.ts'

const bodies = (messages: Message[]) => messages.map(({ body }) => body)
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i))

eachStore('direct', (database) => {
  let scene: DirectScene
  let alice: Person
  let bob: Person
  beforeAll(async () => {
    scene = await openDirectScene(database(), { PARLEY_RATE_LIMIT: '0' })
  })
  afterAll(() => scene.close())

  const actor = ({ id }: Person) => ({
    userId: id,
    reach: { kinds: ['direct' as const], subjectTypes: [''] },
  })

  /** A conversation of two new people. */
  async function conversation(): Promise<ConversationId> {
    ;[alice, bob] = [await scene.person(), await scene.person()]
    const { overview } = await openDirect(scene.server.chat, actor(alice), bob.id)
    return overview.conversation.id
  }

  async function write(conversationId: ConversationId, texts: string[]): Promise<void> {
    for (const text of texts)
      await sendMessage(scene.server.chat, actor(alice), { conversationId, type: 'text', text })
  }

  const isShown = (client: Client, text: string | undefined) =>
    expect.poll(() => client.shown().at(-1)?.body).toBe(text)

  it('gives whoever joins in the middle of a conversation every message once, in order', async () => {
    const id = await conversation()
    const writing = write(id, numbers(0, 45))
    const clients: Client[] = []
    for (let i = 0; i < 5; i++) {
      const client = await scene.connect(bob, i % 2 === 0 ? {} : { transports: ['polling'] })
      await client.join(bob.id, alice.id)
      await client.join(bob.id, alice.id)
      clients.push(client)
    }
    await writing
    await write(id, ['45'])
    for (const client of clients) {
      await isShown(client, '45')
      expect(bodies(client.shown())).toEqual(numbers(0, 46))
    }
  })

  it.each(['polling', 'websocket'])('has all of it again after a drop (%s)', async (transport) => {
    const id = await conversation()
    const client = await scene.connect(bob, { transports: [transport] })
    client.socket.on('connect', () =>
      client.socket.emit('join_chat', { userId: bob.id, targetUserId: alice.id }),
    )
    await client.join(bob.id, alice.id)
    await write(id, numbers(0, 5))
    await isShown(client, '4')
    const back = new Promise((resolve) => client.socket.once('connect', () => resolve(undefined)))
    client.socket.io.engine.close()
    await write(id, numbers(5, 10))
    await back
    await write(id, numbers(10, 15))
    await isShown(client, '14')
    expect(bodies(client.shown())).toEqual(numbers(0, 15))
  })

  describe('pages', () => {
    it('without a gap or a repeat while messages arrive, with the offset given or the length of the list', async () => {
      const id = await conversation()
      await write(id, numbers(0, 140))
      for (const withLength of [[], [1, 3], [0, 1, 2, 3, 4, 5]]) {
        const client = await scene.connect(bob)
        const { roomId, messages } = await client.join(bob.id, alice.id)
        expect(messages).toHaveLength(50)
        const newest = Number(messages.at(-1)?.body)
        const list = () => [...older, ...client.shown()]
        let older: Message[] = []
        let given = 0
        for (let turn = 0; ; turn++) {
          await write(id, [String(newest + 1 + turn)])
          await isShown(client, String(newest + 1 + turn))
          const offset = turn === 0 || withLength.includes(turn) ? list().length : given
          client.socket.emit('fetch_messages', { roomId, limit: 30, offset })
          const page = await client.next('more_messages')
          expect(page.offset).toBe(offset + page.messages.length)
          given = page.offset
          older = [...page.messages, ...older]
          if (page.messages.length === 0) break
        }
        expect(bodies(list())).toEqual(numbers(0, list().length))
      }
    })

    it('from the newest message for any other offset', async () => {
      const id = await conversation()
      await write(id, numbers(0, 60))
      const client = await scene.connect(bob)
      const { roomId } = await client.join(bob.id, alice.id)
      const fetch = async (query: object) => {
        client.socket.emit('fetch_messages', { roomId, ...query })
        const { messages, offset } = await client.next('more_messages')
        return { bodies: bodies(messages), offset }
      }
      expect(await fetch({ offset: 50 })).toEqual({ bodies: numbers(0, 10), offset: 60 })
      expect(await fetch({ limit: 5, offset: 10 })).toEqual({ bodies: numbers(45, 50), offset: 15 })
      expect(await fetch({ offset: 15 })).toEqual({ bodies: numbers(25, 45), offset: 35 })
      expect(await fetch({})).toEqual({ bodies: numbers(40, 60), offset: 20 })
      expect(await fetch({ offset: 100 })).toEqual({ bodies: [], offset: 100 })
      await client.join(bob.id, alice.id)
      await write(id, ['60'])
      await isShown(client, '60')
      expect(await fetch({ offset: 20, limit: 2 })).toEqual({ bodies: numbers(39, 41), offset: 22 })
    })

    it('of at most a hundred', async () => {
      const id = await conversation()
      await write(id, numbers(0, 101))
      const client = await scene.connect(bob)
      const { roomId } = await client.join(bob.id, alice.id)
      client.socket.emit('fetch_messages', { roomId, limit: 1000, offset: 0 })
      expect((await client.next('more_messages')).messages).toHaveLength(100)
      for (const wrong of [{ limit: 0 }, { limit: 1.5 }, { limit: '20' }, { offset: -1 }, { offset: null }]) {
        const { message } = await client.refused('fetch_messages', { roomId, ...wrong })
        expect(message).toBe('Failed to fetch messages')
      }
    })
  })

  describe('whatever is in a payload', () => {
    let client: Client
    let payloads: Record<string, unknown>
    beforeAll(async () => {
      await conversation()
      client = await scene.connect(bob)
      const { roomId } = await client.join(bob.id, alice.id)
      payloads = { userId: bob.id, targetUserId: alice.id, senderId: bob.id, roomId, body: 'x', offset: 0 }
    })

    const fields = ['userId', 'targetUserId', 'senderId', 'roomId', 'body', 'offset', 'limit', 'clientMsgId']
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
    )
    const change = fc.dictionary(fc.constantFrom(...fields), anything)
    const events = fc.constantFrom('register_user', 'join_chat', 'send_message', 'fetch_messages')

    check.prop([events, fc.oneof(change, anything), fc.array(anything, { maxLength: 2 })], { numRuns: 150 })(
      'it is dealt with or refused, and the connection lives on',
      async (event, payload, more) => {
        const isChange = typeof payload === 'object' && !Array.isArray(payload) && !Buffer.isBuffer(payload)
        const whole = isChange ? { ...payloads, ...payload } : payload
        const answer = (await client.socket.emitWithAck(event, whole, ...more)) as { success: boolean }
        if (!answer.success) expect((await client.next('error')).code).not.toBe('internal')
        expect(client.socket.connected).toBe(true)
      },
    )
  })

  it('counts who is connected as here', async () => {
    const { presence } = scene.server.chat
    const carol = await scene.person()
    expect(presence.lastSeen(carol.id)).toBeUndefined()
    await scene.connect(carol)
    await expect.poll(() => presence.lastSeen(carol.id)).toBeInstanceOf(Date)
  })
})
