import type { Chat, Message, Participant } from '@parley/wire/rooms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { convertConversation } from '../../src/core/conversations.ts'
import { findPreviewed, storePreviews } from '../../src/core/link-previews.ts'
import { eraseUser } from '../../src/core/users.ts'
import type { Person } from '../support/workspace.ts'
import { openRoomsScene } from './rooms-socket-scene.ts'
import type { Client, RoomsScene } from './rooms-socket-scene.ts'

let scene: RoomsScene

beforeAll(async () => {
  scene = await openRoomsScene('postgres')
})
afterAll(() => scene.close())

const person = () => scene.person({ org: null })

interface Talk {
  chatId: string
  owner: Person
  member: Person
  /** In the room of the chat and in those of themselves. */
  hers: Client
  his: Client
}

/** A group, both of whose people are there. */
async function talk(): Promise<Talk> {
  const [owner, member] = [await person(), await person()]
  const chatId = await scene.chat([owner, member])
  const [hers, his] = [await scene.present(owner, chatId), await scene.present(member, chatId)]
  return { chatId, owner, member, hers, his }
}

describe('a message', () => {
  it('is heard by all in the room, the sender included, as the answer to its sender has it', async () => {
    const { chatId, owner, hers, his } = await talk()
    const elsewhere = await scene.present(owner, chatId)
    const message = await scene.send(owner, chatId, 'Hello, all')
    for (const client of [hers, his, elsewhere])
      expect(await client.next('new-message')).toEqual({ chatId, message })
    expect(message).toMatchObject({ readBy: [owner.id], content: 'Hello, all' })
  })

  it('notifies every other participant, in the chat’s room or not, and nobody else', async () => {
    const { chatId, owner, member, hers, his } = await talk()
    const [elsewhere, outsider] = [await scene.present(member), await scene.present(await person())]
    const message = await scene.send(owner, chatId, 'Are you there?')
    for (const client of [his, elsewhere])
      expect(await client.next('chat-notification')).toEqual({ chatId, message })
    await his.next('new-message')
    await hers.next('new-message')
    expect([await hers.unheard(), await his.unheard()]).toEqual([[], []])
    expect([await elsewhere.unheard(), await outsider.unheard()]).toEqual([[], []])
  })

  it('is heard once, in order, by a connection that hears much', async () => {
    const { chatId, owner, his } = await talk()
    const sent: string[] = []
    for (let number = 0; number < 20; number++)
      sent.push((await scene.send(owner, chatId, `message ${number}`))._id)
    const heard: string[] = []
    while (heard.length < sent.length) heard.push((await his.next('new-message')).message._id)
    expect(heard).toEqual(sent)
  })

  it('is heard edited, with those who have read it', async () => {
    const { chatId, owner, member, hers, his } = await talk()
    const { _id } = await scene.send(owner, chatId, 'Helo')
    await scene.api(member, 'PATCH', `/${chatId}/messages/read`)
    const path = `/${chatId}/messages/${_id}`
    const { message } = await scene.api<{ message: Message }>(owner, 'PUT', path, { content: 'Hello' })
    expect(message).toMatchObject({ content: 'Hello', readBy: [owner.id, member.id] })
    for (const client of [hers, his]) expect(await client.next('message-edited')).toEqual({ chatId, message })
  })

  it('is not heard edited where its links have previews from now on', async () => {
    const { chatId, owner, hers } = await talk()
    const { _id } = await scene.send(owner, chatId, 'https://shop.example/')
    const { chat } = scene.server
    const message = await findPreviewed(chat.db, Number(_id))
    if (!message) expect.unreachable('it is there')
    const preview = { url: 'https://shop.example/', title: 'A shop', description: null, imageUrl: null }
    await storePreviews(chat, message, [{ ...preview, siteName: null }])
    expect(await findPreviewed(chat.db, message.id)).toHaveProperty('linkPreviews.0.title', 'A shop')
    await scene.send(owner, chatId, 'later')
    for (const content of ['https://shop.example/', 'later'])
      expect((await hers.next('new-message')).message.content).toBe(content)
    expect(await hers.unheard()).toEqual([])
  })

  it('is heard deleted', async () => {
    const { chatId, owner, hers, his } = await talk()
    const { _id: messageId } = await scene.send(owner, chatId, 'Never mind')
    const path = `/${chatId}/messages/${messageId}`
    const { message } = await scene.api<{ message: Message }>(owner, 'DELETE', path)
    for (const client of [hers, his])
      expect(await client.next('message-deleted')).toEqual({
        chatId,
        messageId,
        deletedAt: message.deletedAt,
      })
  })

  it('is heard read, the reader included', async () => {
    const { chatId, owner, member, hers, his } = await talk()
    const { _id: lastReadMessageId } = await scene.send(owner, chatId, 'Read me')
    await scene.api(member, 'PATCH', `/${chatId}/messages/read`)
    const read = { chatId, userId: member.id, lastReadMessageId }
    for (const client of [hers, his]) expect(await client.next('messages-read')).toMatchObject(read)
  })

  it('keeps its place among what takes longer to tell', async () => {
    const { chatId, owner, his } = await talk()
    const order: string[] = []
    his.socket.onAny((event: string) => order.push(event))
    const { _id } = await scene.send(owner, chatId, 'first')
    const { id: userId } = await person()
    await scene.api(owner, 'PUT', `/${chatId}/messages/${_id}`, { content: 'edited' })
    await scene.api(owner, 'POST', `/${chatId}/participants`, { userId })
    await scene.send(owner, chatId, 'last')
    await his.next('new-message')
    await his.next('new-message')
    const inRoom = ['new-message', 'message-edited', 'participants-added', 'new-message']
    expect(order.filter((event) => event !== 'chat-notification')).toEqual(inRoom)
  })
})

describe('participants', () => {
  it('are heard to have been added, as the chat has them', async () => {
    const { chatId, owner, hers, his } = await talk()
    const { id: userId } = await person()
    const { chat } = await scene.api<{ chat: Chat }>(owner, 'POST', `/${chatId}/participants`, { userId })
    const participants: Participant[] = chat.participants.filter((one) => one.userId === userId)
    expect(participants).toHaveLength(1)
    for (const client of [hers, his])
      expect(await client.next('participants-added')).toEqual({ chatId, participants })
  })

  it('hear that they were removed, and nothing more from then on, on none of their connections', async () => {
    const { chatId, owner, member, hers, his } = await talk()
    const elsewhere = await scene.present(member, chatId)
    await scene.api(owner, 'DELETE', `/${chatId}/participants/${member.id}`)
    const [{ _id }] = await Promise.all([
      scene.send(owner, chatId, 'Among us'),
      hers.emit('typing-start', { chatId }),
    ])
    for (const client of [hers, his, elsewhere])
      expect(await client.next('participant-removed')).toEqual({ chatId, participantId: member.id })
    expect(await hers.next('new-message')).toMatchObject({ message: { _id } })
    expect([await his.unheard(), await elsewhere.unheard()]).toEqual([[], []])
    expect(await his.refused('join-chat-room', chatId)).toMatchObject({ code: 'forbidden' })
    expect(await his.refused('typing-start', { chatId })).toMatchObject({ code: 'forbidden' })
  })

  it('hear again once they were added again and have joined again', async () => {
    const { chatId, owner, member, hers, his } = await talk()
    await scene.api(owner, 'DELETE', `/${chatId}/participants/${member.id}`)
    await his.next('participant-removed')
    await scene.api(owner, 'POST', `/${chatId}/participants`, { userId: member.id })
    await hers.next('participants-added')
    await his.join('join-chat-room', chatId)
    const message = await scene.send(owner, chatId, 'Welcome back')
    expect(await his.next('new-message')).toEqual({ chatId, message })
  })

  it('are in no room of a chat that they were removed from while they joined', async () => {
    const { chatId, owner, hers } = await talk()
    const racers = await Promise.all(Array.from({ length: 8 }, person))
    for (const { id: userId } of racers) await scene.api(owner, 'POST', `/${chatId}/participants`, { userId })
    const clients = await Promise.all(racers.map((racer) => scene.connect(racer)))
    const joins = clients.map((client) => client.emit('join-chat-room', chatId))
    for (const { id } of racers) await scene.api(owner, 'DELETE', `/${chatId}/participants/${id}`)
    await Promise.all(joins)
    const gone = new Set<string>()
    while (gone.size < racers.length) gone.add((await hers.next('participant-removed')).participantId)
    await scene.send(owner, chatId, 'Who is left?')
    await hers.next('new-message')
    for (const client of clients) expect(await client.unheard()).not.toContain('new-message')
  })

  it('leave a group of their own accord in the same way', async () => {
    const { chatId, owner, member, hers, his } = await talk()
    await scene.api(member, 'DELETE', `/${chatId}/participants/${member.id}`)
    expect(await hers.next('participant-removed')).toEqual({ chatId, participantId: member.id })
    await his.next('participant-removed')
    await scene.send(owner, chatId, 'Gone')
    await hers.next('new-message')
    expect(await his.unheard()).toEqual([])
  })
})

describe('whoever came later to a chat that keeps its past from them', () => {
  it('hears nothing of what was written before', async () => {
    const [owner, member] = [await scene.person(), await scene.person()]
    const { id: chatId } = await scene.conversation(owner, {
      type: 'group',
      visibility: 'private',
      historyMode: 'since_join',
      name: 'Newcomers',
      memberIds: [(await scene.person()).id],
    })
    const hers = await scene.present(owner, chatId)
    const before = await scene.send(owner, chatId, 'A secret')
    await scene.api(owner, 'POST', `/${chatId}/participants`, { userId: member.id })
    await hers.next('participants-added')
    const his = await scene.present(member, chatId)
    const { _id } = await scene.send(owner, chatId, 'Welcome')

    for (const id of [before._id, _id]) {
      await scene.api(owner, 'PUT', `/${chatId}/messages/${id}`, { content: 'Edited' })
      await scene.api(owner, 'DELETE', `/${chatId}/messages/${id}`)
      await hers.next('message-deleted')
    }
    expect(await his.next('new-message')).toMatchObject({ message: { _id } })
    expect(await his.next('message-edited')).toMatchObject({ message: { _id } })
    expect(await his.next('message-deleted')).toMatchObject({ messageId: _id })
    expect(await his.unheard()).toEqual(['chat-notification'])

    await scene.api(owner, 'DELETE', `/${chatId}/participants/${member.id}`)
    await his.next('participant-removed')
    await scene.send(owner, chatId, 'Among us')
    await hers.next('new-message')
    expect(await his.unheard()).toEqual(['chat-notification'])
  })
})

describe('a group that becomes a channel', () => {
  it('is heard of no more, for the document knows no channels', async () => {
    const [owner, member] = [await scene.person(), await scene.person()]
    const chatId = await scene.chat([owner, member])
    const his = await scene.present(member, chatId)
    const { chat } = scene.server
    await convertConversation(chat, { userId: owner.id, reach: {} }, Number(chatId), { name: 'plans' })
    await scene.call(owner, '/chat/messages/send', { conversationId: chatId, content: 'In a channel' })
    const witness = await scene.chat([owner, member])
    await scene.send(owner, witness, 'Elsewhere')
    expect(await his.next('chat-notification')).toMatchObject({ chatId: witness })
    expect(await his.unheard()).toEqual([])
    expect(await his.refused('join-chat-room', chatId)).toMatchObject({ code: 'not_found' })
  })
})

describe('presence', () => {
  it('tells the others of direct chats who comes, and who goes with the last connection', async () => {
    const [watcher, user, stranger] = [await person(), await person(), await person()]
    await scene.chat([watcher, user], 'direct')
    const [hers, theirs] = [await scene.present(watcher), await scene.present(stranger)]
    const one = await scene.present(user)
    const [userId, online] = [user.id, { isOnline: true, lastSeen: null }]
    expect(await hers.next('user-status-change')).toEqual({ userId, ...online })
    const other = await scene.present(user)

    one.socket.disconnect()
    await scene.send(watcher, await scene.chat([watcher, user], 'direct'), 'Still here?')
    await other.next('chat-notification')
    expect(await hers.unheard()).toEqual([])

    other.socket.disconnect()
    const gone = await hers.next('user-status-change')
    expect(gone).toMatchObject({ userId, isOnline: false })
    expect(gone.lastSeen).not.toBeNull()
    expect(await theirs.unheard()).toEqual([])
  })
})

describe('who is shut out altogether', () => {
  const disconnected = ({ socket }: Client) =>
    new Promise((resolve) => socket.once('disconnect', (reason) => resolve(reason)))

  it('is disconnected when erased, and heard to have left', async () => {
    const { chatId, member, hers, his } = await talk()
    const end = disconnected(his)
    await eraseUser(scene.server.chat, member.id, 'keep')
    expect(await end).toBe('io server disconnect')
    expect(await hers.next('participant-removed')).toEqual({ chatId, participantId: member.id })
  })
})
