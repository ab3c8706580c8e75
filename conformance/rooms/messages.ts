import { describe, expect, test } from 'vitest'
import { messagesOf, pairOf, refusal, room, say, type Friends } from '../support/friends.ts'

const MISSING = '9007199254740991'

export function messages(friends: Friends) {
  async function joined() {
    const [anna, boris, clara] = await friends.friends(3)
    const { _id: id } = await room(anna, [boris, clara])
    const line = await friends.line(boris)
    await line.act('join-chat-room', id)
    return { anna, boris, clara, id, line }
  }

  describe('POST /api/chat/{id}/messages', () => {
    test('answers 201 with the message, which is heard in the room and unread by the others', async () => {
      const { anna, boris, clara, id, line } = await joined()
      const metadata = { card: { n: 1 } }
      const message = await say(anna, id, ' Hello 👋 ', { metadata })
      expect(message).toMatchObject({ chatId: id, senderId: anna.id, type: 'text', metadata })
      expect(message).toMatchObject({ content: 'Hello 👋', readBy: [anna.id], attachments: [] })
      expect(message).toMatchObject({ replyToMessageId: null, editedAt: null, deletedAt: null })
      expect(await line.next('new-message')).toEqual({ chatId: id, message })
      expect(await messagesOf(clara, id)).toEqual([message])
      const { unreadCounts } = (await anna.ask('getChat', { id })).chat
      expect(unreadCounts).toEqual({ [anna.id]: 0, [boris.id]: 1, [clara.id]: 1 })
    })

    test('a reply is to a message of the same chat only', async () => {
      const { anna, boris, id } = await joined()
      const first = await say(anna, id, 'First')
      const reply = await say(boris, id, 'Second', { replyToMessageId: first._id })
      expect(reply.replyToMessageId).toBe(first._id)
      const { _id: elsewhere } = await say(anna, (await room(anna, [boris]))._id, 'Elsewhere')
      for (const replyToMessageId of [elsewhere, MISSING]) {
        const refused = await boris.call('sendMessage', { id, content: 'x', replyToMessageId })
        expect(refusal(refused, 400, 'invalid')).toMatch(/^replyToMessageId: /)
      }
      expect(await messagesOf(boris, id)).toHaveLength(2)
    })

    test('the same key of the same sender is the same message, also ten at once', async () => {
      const { anna, boris, id, line } = await joined()
      const input = { id, content: 'Once', 'idempotency-key': 'one key' }
      const replies = await Promise.all(Array.from({ length: 10 }, () => anna.call('sendMessage', input)))
      expect(replies.map(({ status }) => status).sort()).toEqual([...Array<number>(9).fill(200), 201])
      const [{ message }] = [await anna.ask('sendMessage', { ...input, content: 'Twice' })]
      expect(message.content).toBe('Once')
      const his = await boris.ask('sendMessage', input)
      expect(his.message._id).not.toBe(message._id)
      expect((await messagesOf(anna, id)).map(({ _id }) => _id)).toEqual([his.message._id, message._id])
      await friends.settled(boris, line)
      expect(line.all('new-message').filter(({ chatId }) => chatId === id)).toHaveLength(2)
    })

    test('takes 10,000 characters of any kind and refuses what is no text, naming the field', async () => {
      const { anna, id } = await joined()
      const most = '😀'.repeat(10_000)
      expect((await say(anna, id, most)).content).toBe(most)
      const cases: [object, RegExp][] = [
        [{ content: `${most}x` }, /^content: /],
        [{ content: '' }, /^content: /],
        [{ content: 7 }, /^content: /],
        [{}, /^content: /],
        [{ content: 'x', type: 'image' }, /^type: /],
        [{ content: 'x', replyToMessageId: 'x' }, /^replyToMessageId: /],
        [{ content: 'x', metadata: 'x' }, /^metadata: /],
        [{ content: 'x', metadata: { x: 'x'.repeat(8192) } }, /^metadata: /],
      ]
      for (const [input, message] of cases) {
        const reply = await friends.api().callWrongly('sendMessage', { id, ...input }, anna.headers)
        expect(refusal(reply, 400, 'invalid'), JSON.stringify(input).slice(0, 100)).toMatch(message)
      }
      expect(await messagesOf(anna, id)).toHaveLength(1)
    })

    test('a system message is the staff’s to send, and nobody’s to have unread', async () => {
      const { anna, boris, id } = await joined()
      const helper = await friends.friend({ role: 'support' })
      await anna.ask('addParticipant', { id, userId: helper.id })
      const input = { id, content: 'The parcel has left', type: 'system' }
      refusal(await anna.call('sendMessage', input), 403, 'forbidden')
      expect((await helper.ask('sendMessage', input)).message.type).toBe('system')
      expect((await boris.ask('getChat', { id })).chat.unreadCount).toBe(0)
    })
  })

  describe('PATCH /api/chat/{id}/messages/read', () => {
    test('marks everything, counts it, and says so in the room', async () => {
      const { anna, boris, clara, id, line } = await joined()
      await say(anna, id, 'One')
      const { _id: lastReadMessageId } = await say(clara, id, 'Two')
      expect(await boris.ask('markRead', { id })).toEqual({ modifiedCount: 2 })
      const event = await line.next('messages-read')
      expect(event).toMatchObject({ chatId: id, userId: boris.id, lastReadMessageId })
      expect(await boris.ask('markRead', { id })).toEqual({ modifiedCount: 0 })
      expect(await anna.ask('markRead', { id })).toEqual({ modifiedCount: 1 })
      const readBy = (await messagesOf(anna, id)).map((message) => message.readBy)
      expect(readBy.map((ids) => [ids[0], [...ids.slice(1)].sort()])).toEqual([
        [clara.id, [anna.id, boris.id].sort()],
        [anna.id, [boris.id]],
      ])
      const { unreadCounts } = (await clara.ask('getChat', { id })).chat
      expect(unreadCounts).toEqual({ [anna.id]: 0, [boris.id]: 0, [clara.id]: 1 })
    })
  })

  describe('PUT /api/chat/{id}/messages/{messageId}', () => {
    test('gives the author’s message another text, in lists and in the room', async () => {
      const { anna, boris, id, line } = await joined()
      const { _id: messageId } = await say(anna, id, 'Frist')
      await boris.ask('markRead', { id })
      const { message } = await anna.ask('editMessage', { id, messageId, content: 'First' })
      expect(message).toMatchObject({ _id: messageId, content: 'First', readBy: [anna.id, boris.id] })
      expect(message.editedAt).not.toBeNull()
      expect(await line.next('message-edited')).toEqual({ chatId: id, message })
      expect(await messagesOf(boris, id)).toEqual([message])
      expect((await boris.ask('getChat', { id })).chat.lastMessage?.content).toBe('First')
    })

    test('404 for what is elsewhere or deleted, 400 for what is no text', async () => {
      const { anna, boris, id } = await joined()
      const { _id: messageId } = await say(anna, id, 'Here')
      const other = await room(anna, [boris])
      const input = { id, messageId, content: 'x' }
      refusal(await anna.call('editMessage', { ...input, id: other._id }), 404, 'not_found')
      refusal(await anna.call('editMessage', { ...input, messageId: MISSING }), 404, 'not_found')
      for (const content of ['', 7, 'x'.repeat(10_001)]) {
        const wrong = { ...input, content }
        refusal(await friends.api().callWrongly('editMessage', wrong, anna.headers), 400, 'invalid')
      }
      await anna.ask('deleteMessage', { id, messageId })
      refusal(await anna.call('editMessage', input), 404, 'not_found')
    })
  })

  describe('DELETE /api/chat/{id}/messages/{messageId}', () => {
    test('leaves the record without what it said, everywhere, and takes it off what is unread', async () => {
      const { anna, boris, id, line } = await joined()
      const secret = 'the number of the safe is 4711'
      const said = await say(anna, id, secret, { metadata: { secret } })
      const reply = await say(anna, id, 'A reply', { replyToMessageId: said._id })
      await anna.ask('deleteMessage', { id, messageId: reply._id })
      const { message } = await anna.ask('deleteMessage', { id, messageId: said._id })
      expect(message).toEqual({ ...said, content: '', metadata: {}, deletedAt: message.deletedAt })
      expect(message.deletedAt).not.toBeNull()
      const event = await line.next('message-deleted', ({ messageId }) => messageId === said._id)
      expect(event).toEqual({ chatId: id, messageId: said._id, deletedAt: message.deletedAt })
      const told = await Promise.all([
        ...['listChats', 'getChatStats'].map((operation) => boris.call(operation)),
        ...['getChat', 'listMessages'].map((operation) => boris.call(operation, { id })),
      ])
      for (const { bytes } of told) expect(bytes.toString()).not.toContain('4711')
      const { chat: info } = await boris.ask('getChat', { id })
      expect(info).toMatchObject({ unreadCount: 0, lastMessage: null })
      expect((await messagesOf(boris, id)).map(({ deletedAt }) => deletedAt === null)).toEqual([false, false])
      const again = await anna.ask('deleteMessage', { id, messageId: said._id })
      expect(again.message).toEqual(message)
      await friends.settled(boris, line)
      expect(line.all('message-deleted')).toHaveLength(2)
    })

    test('is the author’s and the admin’s, and of two people the author’s alone', async () => {
      const { anna, boris, clara, id } = await joined()
      const said = await say(boris, id, 'His')
      refusal(await clara.call('deleteMessage', { id, messageId: said._id }), 403, 'forbidden')
      expect((await anna.ask('deleteMessage', { id, messageId: said._id })).message.content).toBe('')
      const pair = await pairOf(anna, boris)
      const { _id: messageId } = await say(boris, pair._id, 'His too')
      refusal(await anna.call('deleteMessage', { id: pair._id, messageId }), 403, 'forbidden')
      refusal(await anna.call('deleteMessage', { id, messageId }), 404, 'not_found')
      refusal(await anna.call('deleteMessage', { id, messageId: MISSING }), 404, 'not_found')
      expect(await messagesOf(anna, pair._id)).toMatchObject([{ content: 'His too', deletedAt: null }])
    })
  })
}
