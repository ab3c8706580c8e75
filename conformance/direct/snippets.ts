import { expect, test } from 'vitest'
import { directServerEvents, type Message } from '@parley/wire/direct'
import { io, type Socket } from 'socket.io-client'
import type { Chat } from '../support/chat.ts'
import { join, write } from '../support/direct.ts'
import type { Friends } from '../support/friends.ts'
import { openLine } from '../support/line.ts'
import { until } from '../support/wait.ts'

/** Document 003's own code, letter for letter but for the address and what it does with what it shows. */
function run(url: string, currentUser: string, otherUser: string, token?: string) {
  const list: Message[] = []
  const errors: unknown[] = []
  const updates: unknown[] = []
  const renderMessages = (messages: Message[]) => list.splice(0, Infinity, ...messages)
  const appendMessage = (message: Message) => list.push(message)

  const socket: Socket =
    token === undefined ? io(url, { forceNew: true }) : io(url, { forceNew: true, auth: { token } })
  let currentRoomId: string | null = null

  socket.on('connect', () => {
    // Register user for notifications
    socket.emit('register_user', currentUser)
  })

  // 2. Join Chat
  socket.emit('join_chat', { userId: currentUser, targetUserId: otherUser })

  // 3. Handle Room Join
  socket.on('room_joined', ({ roomId }: { roomId: string }) => {
    currentRoomId = roomId
  })

  // 4. Handle Initial Messages
  socket.on('message_history', ({ messages }: { messages: Message[] }) => {
    renderMessages(messages) // Render initial list
  })

  // 5. Send Message
  function sendMessage(text: string) {
    if (!currentRoomId) return
    socket.emit('send_message', {
      roomId: currentRoomId,
      senderId: currentUser,
      body: text,
    })
  }

  // 6. Receive Real-time Messages
  socket.on('new_message', (message: Message) => {
    appendMessage(message)
  })

  socket.on('chat_list_update', (data) => updates.push(data))
  socket.on('more_messages', (data: { messages: Message[]; offset: number }) => {
    const olderMessages = data.messages // Prepend these to your UI list
    list.unshift(...olderMessages)
    nextOffset = data.offset // Use this for the next fetch
  })
  socket.on('error', (err: { message: string }) => errors.push(err.message))

  let nextOffset: number | null = null
  const roomId = () => currentRoomId
  const loadMore = () =>
    socket.emit('fetch_messages', { roomId: currentRoomId, limit: 20, offset: nextOffset ?? list.length })
  return { socket, list, errors, updates, roomId, sendMessage, loadMore }
}

type Client = ReturnType<typeof run>

/** On a server that trusts clients to say who they are. */
export function snippets(friends: Friends, chat: Chat) {
  let last = 0
  const names = () => [`user-uuid-${++last}`, `user-uuid-${++last}`] as const
  const seen = (client: Client, what: string, wanted: () => boolean) =>
    until(what, async () => JSON.stringify(client.list), wanted)

  async function converse(one: Client, other: Client) {
    const clients = [one, other]
    try {
      for (const client of clients) await seen(client, 'a room', () => client.roomId() !== null)
      expect(one.roomId()).toBe(other.roomId())
      one.sendMessage('Hello world!')
      for (const client of clients) await seen(client, 'the message', () => client.list.length === 1)
      other.sendMessage('Hello yourself!')
      for (const client of clients) await seen(client, 'the answer', () => client.list.length === 2)
      for (const client of clients) {
        expect(client.list.map(({ body }) => body)).toEqual(['Hello world!', 'Hello yourself!'])
        for (const message of client.list) directServerEvents.new_message.parse(message)
        await seen(client, 'the update', () => client.updates.length === 1)
        expect(client.errors).toEqual([])
      }
      const update = directServerEvents.chat_list_update.parse(other.updates[0])
      expect(update).toMatchObject({ room_id: one.roomId(), last_message: 'Hello world!' })
    } finally {
      for (const { socket } of clients) socket.disconnect()
    }
  }

  test('the document’s code works as it is, for people whom nobody has mentioned before', async () => {
    const { url } = chat.server()
    const [currentUser, otherUser] = names()
    await converse(run(url, currentUser, otherUser), run(url, otherUser, currentUser))
  })

  test('the same code with tokens', async () => {
    const [anna, boris] = await friends.friends(2)
    const { url } = chat.server()
    await converse(run(url, anna.id, boris.id, anna.token), run(url, boris.id, anna.id, boris.token))
  })

  test('scrolling up as the document does it shows everything once', async () => {
    const { url } = chat.server()
    const [anna, boris] = await friends.friends(2)
    const line = await friends.line(anna)
    const { roomId } = await join(line, anna, boris)
    for (let n = 0; n < 95; n++) await write(line, anna, roomId, `${n}`)
    const client = run(url, boris.id, anna.id, boris.token)
    try {
      await seen(client, 'the history', () => client.list.length === 50)
      client.loadMore()
      await seen(client, '20 more', () => client.list.length === 70)
      await write(line, anna, roomId, '95')
      await seen(client, 'what arrives', () => client.list.length === 71)
      for (const length of [91, 96]) {
        client.loadMore()
        await seen(client, 'the rest', () => client.list.length === length)
      }
      expect(client.list.map(({ body }) => body)).toEqual(Array.from({ length: 96 }, (_, n) => `${n}`))
    } finally {
      client.socket.disconnect()
    }
  })

  test('whoever a client says first that it is, it is from then on', async () => {
    const [me, other] = names()
    const { url } = chat.server()
    const line = friends.keep(await openLine(url, {}))
    expect((await line.fail('fetch_messages', { roomId: 'x' })).code).toBe('unauthenticated')
    await line.act('register_user', me)
    expect((await line.fail('register_user', other)).code).toBe('forbidden')
    expect((await line.fail('join_chat', { userId: other, targetUserId: me })).code).toBe('forbidden')
    await line.act('join_chat', { userId: me, targetUserId: other })
    const [anna] = await friends.friends(2)
    const signedIn = await friends.line(anna)
    expect((await signedIn.fail('register_user', me)).code).toBe('forbidden')
  })
}
