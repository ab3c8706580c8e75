import { describe, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import { messagesOf, pairOf, room, say, tokenOf, type Friends } from '../support/friends.ts'
import { endSession, eraseUser, openSession, putUser } from '../support/host.ts'
import { openLine, refusedConnection } from '../support/line.ts'

export function sockets(friends: Friends, chat: Chat) {
  describe('who connects', () => {
    test('is asked for a token or a session, wherever the client puts it', async () => {
      const anna = await friends.friend()
      const { session } = await openSession(chat.server(), anna.id)
      const { token, headers } = anna
      const ways = [
        { auth: { token } },
        { extraHeaders: headers },
        { query: { token } },
        { extraHeaders: { cookie: `PARTIZAP_SESSION=${session}` } },
        { auth: { token }, transports: ['polling'] },
        { auth: { token }, transports: ['websocket'] },
      ]
      for (const options of ways) {
        const line = friends.keep(await openLine(chat.server().url, options))
        await line.act('join-user-room', anna.id)
      }
    })

    test('with nothing, a forged token, one whose time is over, or of nobody, is let in nowhere', async () => {
      const anna = await friends.friend()
      const ways = [
        {},
        { auth: { token: 'garbage' } },
        { auth: { token: `${anna.token.slice(0, -4)}AAAA` } },
        { auth: { token: tokenOf(anna.id, -1) } },
        { auth: { token: tokenOf('nobody-at-all') } },
        { auth: { token: { $ne: null } } },
        { extraHeaders: { cookie: 'PARTIZAP_SESSION=garbage' } },
      ]
      for (const options of ways)
        expect(await refusedConnection(chat.server().url, options)).toEqual({ code: 'unauthenticated' })
    })

    test('is shut out at once when the session ends, and only then', async () => {
      const anna = await friends.friend()
      const [ends, stays] = [
        await openSession(chat.server(), anna.id),
        await openSession(chat.server(), anna.id),
      ]
      const [gone, here] = await Promise.all(
        [ends, stays].map(async ({ session }) => {
          const extraHeaders = { cookie: `PARTIZAP_SESSION=${session}` }
          return friends.keep(await openLine(chat.server().url, { extraHeaders }))
        }),
      )
      if (!gone || !here) throw new Error('two lines')
      const reason = new Promise((resolve) => gone.socket.once('disconnect', resolve))
      await endSession(chat.server(), ends.session)
      expect(await reason).toBe('io server disconnect')
      await here.act('join-user-room', anna.id)
    })
  })

  test('who is erased is shut out at once, and what they wrote is nobody’s', async () => {
    const [anna, boris] = await friends.friends(2)
    const { _id: id } = await pairOf(anna, boris)
    await say(anna, id, 'Remember me')
    const [gone, stays] = [await friends.line(anna), await friends.line(boris)]
    const reason = new Promise((resolve) => gone.socket.once('disconnect', resolve))
    await eraseUser(chat.server(), anna.id, 'unlink')
    expect(await reason).toBe('io server disconnect')
    const { token } = anna
    expect(await refusedConnection(chat.server().url, { auth: { token } })).toEqual({
      code: 'unauthenticated',
    })
    expect(await messagesOf(boris, id)).toMatchObject([{ senderId: null, content: 'Remember me' }])
    const { participants, lastMessage } = (await boris.ask('getChat', { id })).chat
    expect(participants.find(({ userId }) => userId === anna.id)?.isActive).toBe(false)
    expect(lastMessage?.senderId).toBeNull()
    await stays.act('join-chat-room', id)
  })

  describe('join-user-room', () => {
    test('has chat-notification of everything that others write, on every device, joined or not', async () => {
      const [anna, boris] = await friends.friends(2)
      const { _id: id } = await pairOf(anna, boris)
      const [phone, laptop, own] = [
        await friends.line(boris),
        await friends.line(boris),
        await friends.line(anna),
      ]
      for (const line of [phone, laptop]) await line.act('join-user-room', boris.id)
      await own.act('join-user-room', anna.id)
      await laptop.act('join-chat-room', id)
      const message = await say(anna, id, 'Hello')
      for (const line of [phone, laptop])
        expect(await line.next('chat-notification')).toEqual({ chatId: id, message })
      expect(await laptop.next('new-message')).toEqual({ chatId: id, message })
      await friends.settled(boris, phone)
      expect(phone.all('new-message').filter(({ chatId }) => chatId === id)).toEqual([])
      await friends.settled(anna, own)
      expect(own.all('chat-notification')).toEqual([])
    })

    test('has user-status-change when somebody of one’s chats comes and goes', async () => {
      const [anna, boris, stranger] = await friends.friends(3)
      await pairOf(anna, boris)
      const line = await friends.line(boris)
      await line.act('join-user-room', boris.id)
      const [other, first, second] = [
        await friends.line(stranger),
        await friends.line(anna),
        await friends.line(anna),
      ]
      await first.act('user-online', anna.id)
      expect(await line.next('user-status-change')).toMatchObject({ userId: anna.id, isOnline: true })
      for (const { socket } of [other, first, second]) socket.disconnect()
      const gone = await line.next('user-status-change')
      expect(gone).toMatchObject({ userId: anna.id, isOnline: false })
      expect(gone.lastSeen).not.toBeNull()
      expect(line.all('user-status-change')).toHaveLength(2)
    })
  })

  describe('join-chat-room', () => {
    test('begins what is heard of a chat, and leave-chat-room ends it; the sender hears it too', async () => {
      const [anna, boris] = await friends.friends(2)
      const { _id: id } = await room(anna, [boris])
      const [sender, receiver] = [await friends.line(anna), await friends.line(boris)]
      await say(anna, id, 'Too early')
      for (const line of [sender, receiver]) {
        await line.act('join-chat-room', id)
        // Ids are decimal strings; some clients make numbers of them.
        await line.act('join-chat-room', Number(id))
      }
      const message = await say(anna, id, 'Now')
      for (const line of [sender, receiver])
        expect(await line.next('new-message')).toEqual({ chatId: id, message })
      await receiver.act('leave-chat-room', id)
      const { _id } = await say(anna, id, 'Too late')
      expect((await sender.next('new-message')).message._id).toBe(_id)
      await friends.settled(boris, receiver)
      expect(receiver.all('new-message').filter(({ chatId }) => chatId === id)).toHaveLength(1)
    })

    test('lets a connection into several chats, each told apart', async () => {
      const [anna, boris] = await friends.friends(2)
      const ids = [(await pairOf(anna, boris))._id, (await room(anna, [boris]))._id]
      const line = await friends.line(boris)
      for (const id of ids) await line.act('join-chat-room', id)
      for (const id of ids) await say(anna, id, `In ${id}`)
      for (const chatId of ids) {
        const { message } = await line.next('new-message', (event) => event.chatId === chatId)
        expect([message.chatId, message.content]).toEqual([chatId, `In ${chatId}`])
      }
    })
  })

  describe('typing-start and typing-stop', () => {
    test('are user-typing for the others who have joined, under the name that the host gave', async () => {
      const [anna, boris] = await friends.friends(2)
      await putUser(chat.server(), anna.id, { display_name: 'Anna Karenina' })
      const { _id: chatId } = await pairOf(anna, boris)
      const [types, sees] = [await friends.line(anna), await friends.line(boris)]
      for (const line of [types, sees]) await line.act('join-chat-room', chatId)
      await types.act('typing-start', { chatId, userId: anna.id, userName: 'Somebody else' })
      const event = { chatId, userId: anna.id, userName: 'Anna Karenina' }
      expect(await sees.next('user-typing')).toEqual({ ...event, isTyping: true })
      await types.act('typing-stop', { chatId })
      expect(await sees.next('user-typing')).toEqual({ ...event, isTyping: false })
      await friends.settled(anna, types)
      expect(types.all('user-typing')).toEqual([])
    })
  })

  test('a callback is not asked for: what is refused is told as an error, what is done just happens', async () => {
    const [anna, boris] = await friends.friends(2)
    const { _id: id } = await pairOf(anna, boris)
    const line = await friends.line(boris)
    line.socket.emit('join-chat-room', 'nothing')
    expect(await line.next('error')).toMatchObject({ code: 'invalid', event: 'join-chat-room' })
    line.socket.emit('join-chat-room', id)
    line.socket.emit('no-such-event')
    expect(await line.next('error')).toMatchObject({ code: 'not_found', event: 'no-such-event' })
    const { _id } = await say(anna, id, 'Hello')
    expect((await line.next('new-message')).message._id).toBe(_id)
  })
}
