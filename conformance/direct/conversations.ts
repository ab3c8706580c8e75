import { describe, expect, test } from 'vitest'
import { join, write } from '../support/direct.ts'
import { pairOf, say, type Friends } from '../support/friends.ts'

export function conversations(friends: Friends) {
  async function pair() {
    const [anna, boris] = await friends.friends(2)
    const [hers, his] = [await friends.line(anna), await friends.line(boris)]
    return { anna, boris, hers, his }
  }

  describe('join_chat', () => {
    test('is one room for the two, whoever asks, its participants in order, with its history', async () => {
      const { anna, boris, hers, his } = await pair()
      const first = await join(hers, anna, boris)
      const [participant1, participant2] = [anna.id, boris.id].sort()
      expect(first.room).toMatchObject({
        id: first.roomId,
        participant1,
        participant2,
        last_message_at: null,
      })
      expect(first.messages).toEqual([])
      await write(hers, anna, first.roomId, 'Hello')
      const message = await hers.next('new_message')
      const second = await join(his, boris, anna)
      expect(second.messages).toEqual([message])
      const { created_at } = message
      const times = { last_message_at: created_at, updated_at: created_at }
      expect(second.room).toEqual({ ...first.room, ...times })
    })

    test('from both sides at once, ten times, is one room', async () => {
      const { anna, boris, hers, his } = await pair()
      const joining = Array.from({ length: 10 }, (_, n) =>
        n % 2 === 0 ? join(hers, anna, boris) : join(his, boris, anna),
      )
      const rooms = await Promise.all(joining)
      expect(new Set(rooms.map(({ roomId }) => roomId)).size).toBe(1)
    })

    test('gives the last 50 messages, oldest first', async () => {
      const { anna, boris, his } = await pair()
      const { _id } = await pairOf(anna, boris)
      for (let n = 0; n < 52; n++) await say(n % 2 === 0 ? anna : boris, _id, `${n}`)
      const { messages } = await join(his, boris, anna)
      expect(messages.map(({ body }) => body)).toEqual(Array.from({ length: 50 }, (_, n) => `${n + 2}`))
      expect(messages.map(({ id }) => id)).toEqual(messages.map(({ id }) => id).sort())
    })
  })

  describe('send_message', () => {
    test('is new_message to both, the sender included, on every device that has joined', async () => {
      const { anna, boris, hers, his } = await pair()
      const tablet = await friends.line(boris)
      const { roomId } = await join(hers, anna, boris)
      for (const line of [his, tablet]) await join(line, boris, anna)
      await write(hers, anna, roomId, 'Hello world!')
      const message = await hers.next('new_message')
      expect(message).toMatchObject({ room_id: roomId, sender_id: anna.id, body: 'Hello world!' })
      for (const line of [his, tablet]) expect(await line.next('new_message')).toEqual(message)
    })

    test('is chat_list_update to the receiver who has registered, joined or not, and to nobody else', async () => {
      const { anna, boris, hers, his } = await pair()
      const [registered, idle] = [await friends.line(boris), await friends.line(boris)]
      await hers.act('register_user', anna.id)
      for (const line of [registered, his]) await line.act('register_user', boris.id)
      const { roomId } = await join(hers, anna, boris)
      await join(his, boris, anna)
      await write(hers, anna, roomId, 'Hello world!')
      const { created_at: updated_at } = await hers.next('new_message')
      const update = { room_id: roomId, last_message: 'Hello world!', sender_id: anna.id, updated_at }
      for (const line of [registered, his]) expect(await line.next('chat_list_update')).toEqual(update)
      await his.next('new_message')
      for (const [owner, line] of [
        [anna, hers],
        [boris, registered],
        [boris, idle],
        [boris, his],
      ] as const) {
        await friends.settled(owner, line)
        expect(line.rest()).toEqual([])
      }
    })

    test('with a clientMsgId is written once, however often it is sent', async () => {
      const { anna, boris, hers, his } = await pair()
      const { roomId } = await join(hers, anna, boris)
      await join(his, boris, anna)
      const input = { roomId, senderId: anna.id, body: 'Once', clientMsgId: 'key' }
      await Promise.all(Array.from({ length: 5 }, () => hers.act('send_message', input)))
      await his.act('send_message', { ...input, senderId: boris.id })
      await friends.settled(boris, his)
      const bodies = his.all('new_message').map(({ sender_id, body }) => [sender_id, body])
      expect(bodies).toEqual([
        [anna.id, 'Once'],
        [boris.id, 'Once'],
      ])
    })

    test('many at once on one connection arrive in the order of sending', async () => {
      const { anna, boris, hers, his } = await pair()
      const { roomId } = await join(hers, anna, boris)
      await join(his, boris, anna)
      const bodies = Array.from({ length: 30 }, (_, n) => `${n}`)
      await Promise.all(bodies.map((body) => write(hers, anna, roomId, body)))
      await his.saw('all of them', () => his.all('new_message').length >= bodies.length)
      expect(his.all('new_message').map(({ body }) => body)).toEqual(bodies)
    })
  })

  describe('error', () => {
    test('says what the document says', async () => {
      const { anna, boris, hers } = await pair()
      const { roomId } = await join(hers, anna, boris)
      const me = anna.id
      const cases: [string, unknown, string][] = [
        ['register_user', undefined, 'Missing user IDs'],
        ['register_user', '', 'Missing user IDs'],
        ['join_chat', {}, 'Missing user IDs'],
        ['join_chat', { userId: me }, 'Missing user IDs'],
        ['join_chat', { targetUserId: boris.id }, 'Missing user IDs'],
        ['join_chat', { userId: me, targetUserId: '' }, 'Missing user IDs'],
        ['join_chat', { userId: me, targetUserId: me }, 'Failed to join chat'],
        ['join_chat', { userId: boris.id, targetUserId: me }, 'Failed to join chat'],
        ['send_message', {}, 'Missing message details'],
        ['send_message', { roomId, senderId: me }, 'Missing message details'],
        ['send_message', { roomId, senderId: me, body: '' }, 'Missing message details'],
        ['send_message', { roomId, body: 'x' }, 'Missing message details'],
        ['send_message', { senderId: me, body: 'x' }, 'Missing message details'],
        ['send_message', { roomId: 'x', senderId: me, body: 'x' }, 'Invalid room or sender not in room'],
        ['send_message', { roomId, senderId: boris.id, body: 'x' }, 'Invalid room or sender not in room'],
        ['fetch_messages', {}, 'Failed to fetch messages'],
        ['fetch_messages', { roomId: 'x' }, 'Failed to fetch messages'],
        ['fetch_messages', { roomId, limit: 0 }, 'Failed to fetch messages'],
        ['fetch_messages', { roomId, offset: -1 }, 'Failed to fetch messages'],
      ]
      for (const [event, payload, message] of cases)
        expect([event, payload, (await hers.fail(event, payload)).message]).toEqual([event, payload, message])
      const long = { roomId, senderId: me, body: 'x'.repeat(10_001) }
      expect((await hers.fail('send_message', long)).message).toMatch(/10,000/)
      expect((await join(hers, anna, boris)).messages).toEqual([])
    })
  })
}
