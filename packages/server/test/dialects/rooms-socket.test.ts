import { fc } from '@fast-check/vitest'
import { roomsClientEvents } from '@parley/wire/rooms-events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putUser } from '../../src/core/users.ts'
import type { Person } from '../support/workspace.ts'
import { openRoomsScene } from './rooms-socket-scene.ts'
import type { Client, RoomsScene } from './rooms-socket-scene.ts'

let scene: RoomsScene
let owner: Person
let member: Person
let outsider: Person
let chatId: string

beforeAll(async () => {
  scene = await openRoomsScene('embedded')
  owner = await scene.person({ org: null })
  member = await scene.person({ org: null })
  outsider = await scene.person({ org: null })
  chatId = await scene.chat([owner, member])
})
afterAll(() => scene.close())

describe('join-chat-room', () => {
  it('lets a participant in, by the id as a string or as a number', async () => {
    for (const id of [chatId, Number(chatId)]) {
      const client = await scene.connect(member)
      expect(await client.emit('join-chat-room', id)).toEqual({ success: true })
      const { _id } = await scene.send(owner, chatId, 'Hello')
      expect(await client.next('new-message')).toMatchObject({ chatId, message: { _id } })
    }
  })

  it('tells who is no participant so, and joins nothing', async () => {
    const [client, witness] = [await scene.connect(outsider), await scene.present(owner, chatId)]
    expect(await client.refused('join-chat-room', chatId)).toMatchObject({ code: 'forbidden' })
    await scene.send(owner, chatId, 'Among us')
    await witness.next('new-message')
    expect(await client.unheard()).toEqual([])
  })

  it('finds neither what is not there nor what the document does not know', async () => {
    const colleagues = [await scene.person(), await scene.person()] as const
    const channel = await scene.conversation(colleagues[0], {
      type: 'channel',
      visibility: 'private',
      historyMode: 'all',
      name: 'plans',
      memberIds: [colleagues[1].id],
    })
    const client = await scene.connect(colleagues[0])
    for (const id of ['987654321', channel.id])
      expect(await client.refused('join-chat-room', id)).toMatchObject({ code: 'not_found' })
  })

  it('joins once, however often it is asked', async () => {
    const client = await scene.connect(member)
    for (let time = 0; time < 3; time++) await client.join('join-chat-room', chatId)
    await scene.send(owner, chatId, 'Once')
    await client.next('new-message')
    expect(await client.unheard()).toEqual([])
  })
})

describe('leave-chat-room', () => {
  it('ends what is heard of a chat, on this connection alone', async () => {
    const [client, other] = [await scene.connect(member), await scene.connect(member)]
    for (const each of [client, other]) await each.join('join-chat-room', chatId)
    expect(await client.emit('leave-chat-room', chatId)).toEqual({ success: true })
    await scene.send(owner, chatId, 'Who is there?')
    await other.next('new-message')
    expect(await client.unheard()).toEqual([])
  })

  it('does nothing for who has not joined', async () => {
    const client = await scene.connect(outsider)
    expect(await client.emit('leave-chat-room', chatId)).toEqual({ success: true })
  })
})

describe('join-user-room and user-online', () => {
  it('take the own id', async () => {
    const client = await scene.connect(member)
    for (const event of ['join-user-room', 'user-online'])
      expect(await client.emit(event, member.id)).toEqual({ success: true })
  })

  it('refuse the id of somebody else, whose room is not joined', async () => {
    const [client, witness] = [await scene.connect(outsider), await scene.present(member)]
    for (const event of ['join-user-room', 'user-online'])
      expect(await client.refused(event, member.id)).toMatchObject({ code: 'forbidden' })
    await scene.send(owner, chatId, 'For the member')
    await witness.next('chat-notification')
    expect(await client.unheard()).toEqual([])
  })
})

describe('typing', () => {
  it('is heard by the others alone, under the name that the host application gave', async () => {
    const typist = await scene.person({ org: null })
    const profile = { avatarUrl: null, role: 'user' as const, orgId: null }
    await putUser(scene.server.chat, { id: typist.id, displayName: 'Ольга', ...profile })
    const chatId = await scene.chat([owner, typist])
    const [hers, elsewhere] = [await scene.present(typist, chatId), await scene.present(typist, chatId)]
    const his = await scene.present(owner, chatId)
    for (const [event, isTyping] of [
      ['typing-start', true],
      ['typing-stop', false],
    ] as const) {
      const payload = { chatId, userId: typist.id, userName: 'The administrator' }
      expect(await hers.emit(event, payload)).toEqual({ success: true })
      expect(await his.next('user-typing')).toEqual({
        chatId,
        userId: typist.id,
        userName: 'Ольга',
        isTyping,
      })
    }
    expect([await hers.unheard(), await elsewhere.unheard()]).toEqual([[], []])
  })

  it('needs neither a name nor the own id, nor to have joined', async () => {
    const [client, witness] = [await scene.connect(member), await scene.present(owner, chatId)]
    expect(await client.emit('typing-start', { chatId: Number(chatId) })).toEqual({ success: true })
    expect(await witness.next('user-typing')).toMatchObject({ chatId, userId: member.id, isTyping: true })
  })

  it('is refused in the name of others and where one is no participant', async () => {
    const [witness, theirs] = [await scene.present(owner, chatId), await scene.connect(outsider)]
    const forged = { chatId, userId: owner.id }
    expect(await (await scene.connect(member)).refused('typing-start', forged)).toMatchObject({
      code: 'forbidden',
    })
    for (const event of ['typing-start', 'typing-stop'])
      expect(await theirs.refused(event, { chatId })).toMatchObject({ code: 'forbidden' })
    expect(await witness.unheard()).toEqual([])
  })
})

describe('whatever else is sent', () => {
  let client: Client
  beforeAll(async () => {
    client = await scene.connect(member)
  })

  const events = Object.keys(roomsClientEvents)

  it.each(events)('%s names what is wrong with nothing', async (event) => {
    const { code, message } = await client.refused(event)
    expect(code).toBe('invalid')
    expect(message).toMatch(/must be/)
  })

  it.each(['join-chat-room', 'leave-chat-room'])('%s takes the id of a chat only', async (event) => {
    for (const id of [
      '',
      '0',
      '-1',
      '1.5',
      1.5,
      -1,
      '01',
      'chat',
      '9'.repeat(16),
      2 ** 60,
      [chatId],
      { chatId },
      true,
    ])
      expect(await client.refused(event, id)).toMatchObject({
        code: 'invalid',
        message: 'must be the id of a chat',
      })
  })

  it('is refused without harm to the connection', async () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record({ chatId: fc.jsonValue(), userId: fc.jsonValue(), userName: fc.jsonValue() }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...events, 'unheard-of'),
        fc.array(anything, { maxLength: 3 }),
        async (event, args) => {
          const { success, error } = await client.emit(event, ...args)
          expect(success || typeof error === 'string').toBe(true)
        },
      ),
      { numRuns: 200 },
    )
    expect(await client.emit('join-user-room', member.id)).toEqual({ success: true })
  })
})

it('hears nothing of the other vocabulary', async () => {
  const direct = await scene.chat([owner, member], 'direct')
  const [inRooms, inDirect] = [await scene.present(member, direct), await scene.connect(member)]
  const named: string[] = []
  inDirect.socket.offAny().onAny((event: string) => named.push(event))
  inDirect.socket.emit('register_user', member.id)
  await inDirect.socket.emitWithAck('join_chat', { userId: member.id, targetUserId: owner.id })
  await scene.send(owner, direct, 'To both')
  await inRooms.next('new-message')
  await inRooms.next('chat-notification')
  expect(await inRooms.unheard()).toEqual([])
  await inDirect.socket.emitWithAck('register_user', member.id)
  expect(named).toEqual(['room_joined', 'message_history', 'new_message', 'chat_list_update'])
})

it('hears nothing before it has joined', async () => {
  const [client, witness] = [await scene.connect(member), await scene.present(owner, chatId)]
  await scene.send(owner, chatId, 'Hello?')
  await witness.next('new-message')
  expect(await client.unheard()).toEqual([])
})

it('has every message once after a drop, if it joins first and fetches then', async () => {
  const talk = await scene.chat([owner, member])
  const client = await scene.present(member, talk)
  const seen: string[] = []
  client.socket.on('new-message', ({ message }: { message: { _id: string } }) => seen.push(message._id))
  const sent = [await scene.send(owner, talk, 'before')]
  await client.next('new-message')

  const back = new Promise((resolve) => client.socket.once('connect', () => resolve(undefined)))
  const dropped = new Promise((resolve) => client.socket.once('disconnect', resolve))
  client.socket.io.engine.close()
  await dropped
  sent.push(await scene.send(owner, talk, 'meanwhile'))
  await back
  const [, ...during] = await Promise.all([
    client.join('join-chat-room', talk),
    scene.send(owner, talk, 'on the way'),
    scene.send(owner, talk, 'and another'),
  ])
  const path = `/${talk}/messages?limit=100`
  const { messages } = await scene.api<{ messages: { _id: string }[] }>(member, 'GET', path)
  sent.push(...during, await scene.send(owner, talk, 'after'))
  while (!seen.includes(sent.at(-1)?._id ?? '')) await client.next('new-message')

  const known = new Set(seen)
  expect(known.size).toBe(seen.length)
  for (const { _id } of messages) known.add(_id)
  expect([...known].sort()).toEqual(sent.map(({ _id }) => _id).sort())
})
