import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endSession } from '../../src/core/sessions.ts'
import { eraseUser } from '../../src/core/users.ts'
import { eachStore } from '../support/databases.ts'
import type { Person } from '../support/workspace.ts'
import { openDirectScene } from './direct-scene.ts'
import type { Client, DirectScene } from './direct-scene.ts'

eachStore('direct', (database) => {
  let scene: DirectScene
  beforeAll(async () => {
    scene = await openDirectScene(database(), { PARLEY_ALLOWED_ORIGINS: 'https://shop.example' })
  })
  afterAll(() => scene.close())

  /** Two people and a client of each. */
  async function two(): Promise<{ alice: Person; bob: Person; hers: Client; his: Client }> {
    const [alice, bob] = [await scene.person(), await scene.person()]
    const [hers, his] = await Promise.all([scene.connect(alice), scene.connect(bob)])
    return { alice, bob, hers, his }
  }

  it('gives both sides of a chat the same room, the participants sorted', async () => {
    const { alice, bob, hers, his } = await two()
    const one = await hers.join(alice.id, bob.id)
    const other = await his.join(bob.id, alice.id)
    expect(one.room).toEqual(other.room)
    expect(one).toMatchObject({ roomId: one.room.id, messages: [] })
    const { participant1, participant2, last_message_at } = one.room
    expect([participant1, participant2]).toEqual([alice.id, bob.id].sort())
    expect(last_message_at).toBeNull()
  })

  it('sends a message to both, and tells the receiver’s list alone', async () => {
    const { alice, bob, hers, his } = await two()
    for (const [client, { id }] of [
      [hers, alice],
      [his, bob],
    ] as const) {
      expect(await client.socket.emitWithAck('register_user', id)).toEqual({ success: true })
    }
    const { roomId } = await hers.join(alice.id, bob.id)
    await his.join(bob.id, alice.id)
    const message = await hers.send(roomId, alice.id, 'Hello world!')
    expect(message).toMatchObject({ room_id: roomId, sender_id: alice.id, body: 'Hello world!' })
    expect(await hers.next('new_message')).toEqual(message)
    expect(await his.next('new_message')).toEqual(message)
    expect(await his.next('chat_list_update')).toEqual({
      room_id: roomId,
      last_message: 'Hello world!',
      sender_id: alice.id,
      updated_at: message.created_at,
    })
    const answer = await his.send(roomId, bob.id, 'Hello yourself!')
    expect(await hers.next('chat_list_update')).toMatchObject({ sender_id: bob.id })
    expect(await hers.next('new_message')).toEqual(answer)
    expect(his.unheard('chat_list_update')).toEqual([])
  })

  it('tells the list of who has not joined, in every one of their connections', async () => {
    const { alice, bob, hers, his } = await two()
    const elsewhere = await scene.connect(bob, { transports: ['polling'] })
    for (const client of [his, elsewhere]) await client.socket.emitWithAck('register_user', bob.id)
    const { roomId } = await hers.join(alice.id, bob.id)
    await hers.send(roomId, alice.id, 'Anybody there?')
    for (const client of [his, elsewhere]) {
      expect(await client.next('chat_list_update')).toMatchObject({ last_message: 'Anybody there?' })
    }
  })

  it('lets pages of allowed sites poll, cookies and all, and gives polls what every reply has', async () => {
    const poll = `${scene.url}/socket.io/?EIO=4&transport=polling`
    const headers = { origin: 'https://shop.example', 'access-control-request-method': 'POST' }
    for (const method of ['OPTIONS', 'GET']) {
      const reply = await fetch(poll, { method, headers })
      expect(reply.ok).toBe(true)
      expect(reply.headers.get('access-control-allow-origin')).toBe('https://shop.example')
      expect(reply.headers.get('access-control-allow-credentials')).toBe('true')
      expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
    }
    const foreign = await fetch(poll, { headers: { origin: 'https://evil.example' } })
    expect(foreign.status).toBe(403)
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('ends the connections of who signs out, and of who is erased', async () => {
    const { chat } = scene.server
    const [alice, bob] = [await scene.person(), await scene.person()]
    const { cookie } = await scene.session(alice)
    const hers = await scene.connect(undefined, { extraHeaders: { cookie } })
    const his = await scene.connect(bob)
    const ended = [hers, his].map(
      ({ socket }) => new Promise((resolve) => socket.once('disconnect', resolve)),
    )
    await endSession(chat, cookie.slice(cookie.indexOf('=') + 1))
    await eraseUser(chat, bob.id, 'keep')
    expect(await Promise.all(ended)).toEqual(['io server disconnect', 'io server disconnect'])
  })

  describe('refuses, in the document’s words,', () => {
    const nobody = 'nobody-at-all'
    const details = { roomId: 'x', senderId: 'x', body: 'x' }
    const NO_KEY = 'clientMsgId must contain neither the character U+0000 nor half of a surrogate pair'

    it.each([
      ['register_user', [undefined], 'Missing user IDs'],
      ['register_user', [{ userId: 'x' }], 'Missing user IDs'],
      ['join_chat', [], 'Missing user IDs'],
      ['join_chat', [{ userId: 'x' }], 'Missing user IDs'],
      ['join_chat', [{ targetUserId: 'x' }], 'Missing user IDs'],
      ['join_chat', [{ userId: '', targetUserId: 'x' }], 'Missing user IDs'],
      ['send_message', [null], 'Missing message details'],
      ['send_message', [{ roomId: 'x', senderId: 'x' }], 'Missing message details'],
      ['send_message', [{ roomId: 'x', senderId: 'x', body: '  ' }], 'Missing message details'],
      ['send_message', [{ senderId: 'x', body: 'x' }], 'Missing message details'],
      ['send_message', [{ roomId: 'x', body: 'x' }], 'Missing message details'],
      ['send_message', [{ ...details, clientMsgId: 'a\0' }], NO_KEY],
      ['send_message', [{ ...details, clientMsgId: 'a\ud83d' }], NO_KEY],
      ['fetch_messages', ['x'], 'Failed to fetch messages'],
      ['fetch_messages', [{ roomId: 'x', offset: 0 }], 'Failed to fetch messages'],
    ])('%s with %j', async (event, payload, message) => {
      const client = await scene.connect(await scene.person())
      expect(await client.refused(event, ...payload)).toMatchObject({ message, event })
      expect(await client.socket.emitWithAck(event, ...payload)).toEqual({ success: false, error: message })
    })

    it('whoever names somebody else, and does nothing', async () => {
      const { alice, bob, hers } = await two()
      const { roomId } = await hers.join(alice.id, bob.id)
      const refusals = [
        await hers.refused('register_user', bob.id),
        await hers.refused('join_chat', { userId: bob.id, targetUserId: alice.id }),
        await hers.refused('send_message', { roomId, senderId: bob.id, body: 'I am Bob' }),
      ]
      expect(refusals.map(({ code }) => code)).toEqual(['forbidden', 'forbidden', 'forbidden'])
      expect(refusals.map(({ message }) => message)).toEqual([
        'You are signed in as somebody else.',
        'Failed to join chat',
        'Invalid room or sender not in room',
      ])
      expect((await hers.join(alice.id, bob.id)).messages).toEqual([])
    })

    it('chats with oneself and with nobody', async () => {
      const alice = await scene.person()
      const hers = await scene.connect(alice)
      for (const targetUserId of [alice.id, nobody]) {
        const refusal = await hers.refused('join_chat', { userId: alice.id, targetUserId })
        expect(refusal.message).toBe('Failed to join chat')
      }
    })

    it('rooms of others, rooms that are none, and rooms of another dialect', async () => {
      const { alice, bob, hers } = await two()
      const carol = await scene.person()
      const { roomId } = await hers.join(alice.id, bob.id)
      const group = await scene.conversation(alice, {
        type: 'group',
        visibility: 'private',
        historyMode: 'all',
        memberIds: [carol.id],
      })
      const theirs = await scene.connect(carol)
      const foreign = [roomId, 'not-a-uuid', '00000000-0000-8000-8000-000000000001', group.id]
      for (const room of foreign) {
        const sending = await theirs.refused('send_message', { roomId: room, senderId: carol.id, body: 'Hi' })
        expect(sending.message).toBe('Invalid room or sender not in room')
        const fetching = await theirs.refused('fetch_messages', { roomId: room, offset: 0 })
        expect(fetching.message).toBe('Failed to fetch messages')
      }
    })

    it('a message that is too long, by a word of its own', async () => {
      const { alice, bob, hers } = await two()
      const { roomId } = await hers.join(alice.id, bob.id)
      expect((await hers.send(roomId, alice.id, '😀'.repeat(10_000))).body).toHaveLength(20_000)
      const refusal = await hers.refused('send_message', {
        roomId,
        senderId: alice.id,
        body: 'x'.repeat(10_001),
      })
      expect(refusal.message).toBe('A message has at most 10,000 characters')
    })
  })

  it('writes a message once that is sent twice with the same key', async () => {
    const { alice, bob, hers } = await two()
    const { roomId } = await hers.join(alice.id, bob.id)
    const payload = { roomId, senderId: alice.id, body: 'Once', clientMsgId: 'k1' }
    const first: unknown = await hers.socket.emitWithAck('send_message', payload)
    expect(await hers.socket.emitWithAck('send_message', { ...payload, body: 'Twice' })).toEqual(first)
    expect((await hers.join(alice.id, bob.id)).messages).toHaveLength(1)
  })

  it('shows deleted messages as empty ones, and files as lines', async () => {
    const { alice, bob, hers } = await two()
    const { id } = await scene.conversation(alice, {
      type: 'dm',
      visibility: 'private',
      historyMode: 'all',
      memberIds: [bob.id],
    })
    const doomed = await scene.send(alice, id, 'Forget this')
    expect(await scene.call(alice, `/chat/messages/${doomed.id}/delete`)).toMatchObject({ status: 204 })
    const attachmentId = await scene.upload(alice, id, Buffer.from('0123456789'))
    await scene.call(alice, '/chat/attachments/finalize', { attachmentId })
    const body = { conversationId: id, content: 'See here', attachmentIds: [attachmentId] }
    expect(await scene.call(alice, '/chat/messages/send', body)).toMatchObject({ status: 201 })
    const { messages, room } = await hers.join(alice.id, bob.id)
    expect(messages.map(({ body }) => body)).toEqual([
      '',
      expect.stringMatching(/^See here\nhttp.*\/blobs\/[^?]+\?filename=notes\.txt$/),
    ])
    expect(room.last_message_at).toBe(messages[1]?.created_at)
    const [, address = ''] = messages[1]?.body.split('\n') ?? []
    expect(await (await fetch(address)).text()).toBe('0123456789')
  })
})
