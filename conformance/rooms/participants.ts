import { describe, expect, test } from 'vitest'
import { messagesOf, pairOf, refusal, room, say, type Friends } from '../support/friends.ts'

export function participants(friends: Friends) {
  test('who is added is there, has read nothing new, and everybody who has joined hears of it', async () => {
    const [anna, boris, clara] = await friends.friends(3)
    const { _id: id } = await room(anna, [boris])
    await say(anna, id, 'Before')
    const line = await friends.line(boris)
    await line.act('join-chat-room', id)
    const { chat } = await anna.ask('addParticipant', { id, userId: clara.id })
    const added = chat.participants.find(({ userId }) => userId === clara.id)
    expect(added).toMatchObject({ displayName: clara.id, role: 'member', isActive: true })
    const event = await line.next('participants-added')
    expect(event).toMatchObject({ chatId: id, participants: [{ userId: clara.id, role: 'member' }] })
    expect((await clara.ask('listChats')).chats.map(({ _id }) => _id)).toEqual([id])
    expect((await messagesOf(clara, id)).map(({ content }) => content)).toEqual(['Before'])
    await say(anna, id, 'After')
    expect((await clara.ask('getChat', { id })).chat.unreadCounts).toMatchObject({ [clara.id]: 1 })
    await anna.ask('addParticipant', { id, userId: clara.id })
    await friends.settled(boris, line)
    expect(line.all('participants-added')).toHaveLength(1)
  })

  test('who is removed is told, hears and reads no more at once, and can be added again', async () => {
    const [anna, boris, clara] = await friends.friends(3)
    const { _id: id } = await room(anna, [boris, clara])
    const [stays, goes] = [await friends.line(boris), await friends.line(clara)]
    for (const line of [stays, goes]) await line.act('join-chat-room', id)
    await goes.act('join-user-room', clara.id)
    expect(await anna.ask('removeParticipant', { id, participantId: clara.id })).toEqual({
      participantId: clara.id,
    })
    await say(anna, id, 'Now we are among ourselves')
    for (const line of [stays, goes])
      expect(await line.next('participant-removed')).toEqual({ chatId: id, participantId: clara.id })
    await stays.next('new-message', ({ chatId }) => chatId === id)
    await stays.act('typing-start', { chatId: id })
    await friends.settled(clara, goes)
    const told = goes.rest().map(({ event, data }) => [event, (data as { chatId?: string }).chatId])
    expect(told.filter(([, chatId]) => chatId === id)).toEqual([])
    refusal(await clara.call('getChat', { id }), 403, 'forbidden')
    expect((await goes.fail('join-chat-room', id)).code).toBe('forbidden')
    await anna.ask('addParticipant', { id, userId: clara.id })
    await goes.act('join-chat-room', id)
    const { _id } = await say(anna, id, 'Welcome back')
    expect((await goes.next('new-message')).message._id).toBe(_id)
  })

  test('a participant leaves by removing themselves; the next one owns it when the owner does', async () => {
    const [anna, boris, clara] = await friends.friends(3)
    const { _id: id } = await room(anna, [boris, clara])
    await clara.ask('removeParticipant', { id, participantId: clara.id })
    await anna.ask('removeParticipant', { id, participantId: anna.id })
    const { chat } = await boris.ask('getChat', { id })
    expect(chat.participants).toMatchObject([{ userId: boris.id, role: 'owner' }])
    expect(chat.participants).toHaveLength(1)
    refusal(await anna.call('addParticipant', { id, userId: anna.id }), 403, 'forbidden')
  })

  describe('is refused', () => {
    test('in a direct chat, 409, for somebody who is not there, 404, and without an id, 400', async () => {
      const [anna, boris, clara] = await friends.friends(3)
      const { _id: pair } = await pairOf(anna, boris)
      const { _id: id } = await room(anna, [boris])
      refusal(await anna.call('addParticipant', { id: pair, userId: clara.id }), 409, 'conflict')
      refusal(await anna.call('removeParticipant', { id: pair, participantId: boris.id }), 409, 'conflict')
      refusal(await anna.call('addParticipant', { id, userId: 'nobody' }), 404, 'not_found')
      for (const input of [{}, { userId: '' }, { userId: 7 }, { userId: 'x'.repeat(256) }])
        refusal(
          await friends.api().callWrongly('addParticipant', { id, ...input }, anna.headers),
          400,
          'invalid',
        )
      expect((await anna.ask('getChat', { id })).chat.participants).toHaveLength(2)
      expect((await anna.ask('getChat', { id: pair })).chat.participants).toHaveLength(2)
    })
  })
}
