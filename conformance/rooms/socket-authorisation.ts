import { describe, expect, test } from 'vitest'
import { join } from '../support/direct.ts'
import { messagesOf, pairOf, room, say, type Friends } from '../support/friends.ts'

/** Of both vocabularies. */
export function socketAuthorisation(friends: Friends) {
  /** A group and a pair, and those who are in neither. */
  async function scene() {
    const [anna, boris, former, outsider] = await friends.friends(4)
    const group = await room(anna, [boris, former])
    await anna.ask('removeParticipant', { id: group._id, participantId: former.id })
    const line = await friends.line(anna)
    const { roomId } = await join(line, anna, boris)
    const pair = await pairOf(anna, boris)
    for (const { _id } of [group, pair]) await line.act('join-chat-room', _id)
    return { anna, boris, former, outsider, group, pair, roomId, line }
  }

  describe('nobody is another', () => {
    const claims: [string, (me: string, other: string, roomId: string) => unknown][] = [
      ['join-user-room', (_, other) => other],
      ['user-online', (_, other) => other],
      ['typing-start', (_, other) => ({ chatId: '1', userId: other })],
      ['typing-stop', (_, other) => ({ chatId: '1', userId: other })],
      ['register_user', (_, other) => other],
      ['join_chat', (me, other) => ({ userId: other, targetUserId: me })],
      ['send_message', (_, senderId, roomId) => ({ roomId, senderId, body: 'forged' })],
    ]
    test.each(claims)('%s with another’s id is refused and has no effect', async (event, payload) => {
      const { anna, boris, pair, roomId, line } = await scene()
      const forger = await friends.line(boris)
      const { code } = await forger.fail(event, payload(boris.id, anna.id, roomId))
      expect(code).toBe('forbidden')
      expect(await messagesOf(anna, pair._id)).toEqual([])
      await say(anna, pair._id, 'To Boris')
      const other = await friends.friend()
      await say(other, (await pairOf(other, anna))._id, 'To Anna')
      await friends.settled(boris, forger)
      expect(forger.rest()).toEqual([])
      expect(line.all('user-typing')).toEqual([])
    })
  })

  describe('who is no participant', () => {
    test('joins no chat, hears nothing of it, and is heard by nobody in it', async () => {
      const { anna, former, outsider, group, pair, roomId, line } = await scene()
      for (const person of [former, outsider]) {
        const theirs = await friends.line(person)
        await theirs.act('join-user-room', person.id)
        await theirs.act('register_user', person.id)
        for (const { _id: chatId } of [group, pair]) {
          expect((await theirs.fail('join-chat-room', chatId)).code).toBe('forbidden')
          for (const event of ['typing-start', 'typing-stop'])
            expect((await theirs.fail(event, { chatId })).code).toBe('forbidden')
        }
        expect(await theirs.fail('send_message', { roomId, senderId: person.id, body: 'x' })).toMatchObject({
          message: 'Invalid room or sender not in room',
          code: 'forbidden',
        })
        expect(await theirs.fail('fetch_messages', { roomId })).toMatchObject({
          message: 'Failed to fetch messages',
          code: 'forbidden',
        })
        for (const { _id } of [group, pair]) await say(anna, _id, 'Among ourselves')
        await line.act('typing-start', { chatId: group._id })
        await friends.settled(person, theirs)
        const ours = new Set(['error', 'new-message', 'chat-notification'])
        expect(theirs.rest().filter(({ event }) => !ours.has(event))).toEqual([])
        const chats = [...theirs.all('new-message'), ...theirs.all('chat-notification')]
        expect(chats.filter(({ chatId }) => [group._id, pair._id].includes(chatId))).toEqual([])
      }
      await friends.settled(anna, line)
      expect(line.all('user-typing')).toEqual([])
      expect(await messagesOf(anna, pair._id)).toHaveLength(2)
    })

    test('in what is not there, nobody is', async () => {
      const anna = await friends.friend()
      const line = await friends.line(anna)
      const missing = '9007199254740991'
      expect((await line.fail('join-chat-room', missing)).code).toBe('not_found')
      expect((await line.fail('typing-start', { chatId: missing })).code).toBe('not_found')
      for (const roomId of ['00000000-0000-0000-0000-000000000000', 'x', missing]) {
        expect(await line.fail('send_message', { roomId, senderId: anna.id, body: 'x' })).toMatchObject({
          message: 'Invalid room or sender not in room',
        })
        expect(await line.fail('fetch_messages', { roomId })).toMatchObject({
          message: 'Failed to fetch messages',
        })
      }
      expect(await line.fail('join_chat', { userId: anna.id, targetUserId: 'nobody-at-all' })).toMatchObject({
        message: 'Failed to join chat',
        code: 'not_found',
      })
    })
  })
}
