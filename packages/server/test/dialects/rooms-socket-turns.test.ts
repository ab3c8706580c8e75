import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ChatEvent } from '../../src/core/events.ts'
import { createGroup } from '../../src/core/groups.ts'
import { addMembers, removeMember } from '../../src/core/members.ts'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { sendMessage } from '../../src/core/sending.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import type { Database } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { roomsSocket } from '../../src/dialects/rooms/socket.ts'
import { inTurn } from '../../src/realtime/transports/socketio-turns.ts'
import type { Rooms, SocketSession, Vocabulary } from '../../src/realtime/transports/socketio-vocabulary.ts'
import { newPerson } from '../core/rooms-scene.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { freshStore } from '../support/databases.ts'

let drop: () => Promise<void>
let db: Database
let test: TestChat
let owner: Actor
let member: Actor
let id: ConversationId

beforeAll(async () => {
  const store = await freshStore('embedded')
  drop = store.drop
  db = (await openDatabase({ ...store, onError: (fault) => expect.unreachable(String(fault)) })).db
  test = await openTestChat(db)
})
afterAll(async () => {
  await test.close()
  await db.close()
  await drop()
})
beforeEach(async () => {
  owner = await newPerson(test.chat)
  member = await newPerson(test.chat)
  const { overview } = await createGroup(test.chat, owner, { memberIds: [member.userId] })
  id = overview.conversation.id
})

/** The same chat, whose database keeps its next answer to itself until `release` is called. */
function slow(chat: Chat) {
  const asked = Promise.withResolvers<undefined>()
  const held = Promise.withResolvers<undefined>()
  async function query<Row>(text: string, params?: readonly unknown[]): Promise<Row[]> {
    const rows = await chat.db.query<Row>(text, params)
    asked.resolve(undefined)
    await held.promise
    return rows
  }
  return {
    chat: { ...chat, db: { ...chat.db, query } },
    asked: asked.promise,
    release: () => held.resolve(undefined),
  }
}

/** One connection in one process. */
function connection(userId: string) {
  const joined = new Set<string>()
  const heard: string[] = []
  const session: SocketSession = {
    id: 'a connection',
    userId,
    identify: async () => userId,
    join: (room) => void joined.add(room),
    leave: (room) => void joined.delete(room),
    emit: () => undefined,
    onClose: () => undefined,
  }
  const rooms: Rooms = {
    has: (room) => joined.has(room),
    emit: (_rooms, event) => void heard.push(event),
    usersIn: () => new Set([userId]),
    evict: (_userId, room) => void joined.delete(room),
  }
  return { session, rooms, joined, heard }
}

async function eventsOf(...types: ChatEvent['type'][]): Promise<ChatEvent[]> {
  await test.settled()
  const events = test.delivered.map(({ event }) => event)
  return events.filter(
    (event) => types.includes(event.type) && 'conversationId' in event && event.conversationId === id,
  )
}

const join = ({ handlers }: Vocabulary, session: SocketSession) =>
  handlers['join-chat-room']?.(session, String(id))

it('lets nobody in whose removal is delivered while the database says that they may', async () => {
  const { chat, asked, release } = slow(test.chat)
  const vocabulary = roomsSocket({ chat, blobUrl: String })
  const { session, rooms, joined } = connection(member.userId)
  const joining = join(vocabulary, session)
  await asked
  await removeMember(test.chat, owner, id, member.userId)
  for (const event of await eventsOf('member.removed')) void vocabulary.deliver(event, [], rooms)
  release()
  await expect(joining).rejects.toMatchObject({ code: 'forbidden' })
  expect([...joined]).toEqual([])
})

it('leaves those in who were added again, and have joined again, before their removal is delivered', async () => {
  const vocabulary = roomsSocket({ chat: test.chat, blobUrl: String })
  const { session, rooms, joined } = connection(member.userId)
  await removeMember(test.chat, owner, id, member.userId)
  await addMembers(test.chat, owner, id, [member.userId])
  await join(vocabulary, session)
  for (const event of await eventsOf('member.removed')) await vocabulary.deliver(event, [], rooms)
  expect([...joined]).toEqual([`chat-${id}`])
})

it('shuts those out who heard more than they may now that they are back', async () => {
  await db.query(`update conversations set history_mode = 'since_join' where id = $1`, [id])
  const vocabulary = roomsSocket({ chat: test.chat, blobUrl: String })
  const { session, rooms, joined } = connection(member.userId)
  await join(vocabulary, session)
  const { message } = await sendMessage(test.chat, owner, { conversationId: id, type: 'text', text: 'one' })
  await removeMember(test.chat, owner, id, member.userId)
  await addMembers(test.chat, owner, id, [member.userId])
  await join(vocabulary, { ...session, leave: () => undefined })
  expect([...joined]).toEqual([`chat-${id}`, `chat-${id}-since-${message.id}`])
  for (const event of await eventsOf('member.removed')) await vocabulary.deliver(event, [], rooms)
  expect([...joined]).toEqual([`chat-${id}-since-${message.id}`])
})

it('shuts out who cannot be asked about', async () => {
  const chat = { ...test.chat, db: { ...test.chat.db, query: () => Promise.reject(new Error('away')) } }
  const vocabulary = roomsSocket({ chat, blobUrl: String })
  const { rooms, joined } = connection(member.userId)
  joined.add(`chat-${id}`)
  await removeMember(test.chat, owner, id, member.userId)
  for (const event of await eventsOf('member.removed')) await vocabulary.deliver(event, [], rooms)
  expect([...joined]).toEqual([])
})

it('tells of nothing before what takes longer to tell and happened first', async () => {
  const { message } = await sendMessage(test.chat, owner, { conversationId: id, type: 'text', text: 'one' })
  await editMessage(test.chat, owner, message.id, 'two')
  await deleteMessage(test.chat, owner, message.id)
  const { chat, asked, release } = slow(test.chat)
  const vocabulary = roomsSocket({ chat, blobUrl: String })
  const { rooms, joined, heard } = connection(owner.userId)
  joined.add(`chat-${id}`)
  const last = Promise.withResolvers<undefined>()
  const tell = inTurn(
    (event: ChatEvent) => vocabulary.deliver(event, [], rooms),
    (error) => expect.unreachable(String(error)),
  )
  const [updated, deleted] = await eventsOf('message.updated', 'message.deleted')
  if (!updated || !deleted) expect.unreachable('both are delivered')
  tell(updated)
  tell(deleted)
  rooms.emit = (_rooms, event) => {
    heard.push(event)
    if (event === 'message-deleted') last.resolve(undefined)
  }
  await asked
  release()
  await last.promise
  expect(heard).toEqual(['message-edited', 'message-deleted'])
})
