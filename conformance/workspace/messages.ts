import { describe, expect, test } from 'vitest'
import type { Message } from '@parley/wire/workspace'
import { contents, group, say, type Team } from '../support/team.ts'

export function messages(team: Team) {
  async function pair(input = {}) {
    const org = team.org()
    const [anna, boris] = [await team.colleague({ org }), await team.colleague({ org })]
    const { id } = await group(anna, [boris], input)
    return { org, anna, boris, id }
  }

  async function listening(input = {}) {
    const people = await pair(input)
    const hearing = await team.hear(people.boris)
    await hearing.subscribe(`chat:${people.id}`)
    return { ...people, hearing }
  }

  describe('a message', () => {
    test('is sent, replied to, mentioned in, and counted', async () => {
      const { anna, boris, id, hearing } = await listening()
      const first = await say(anna, id, '  Shall we ship?  ')
      expect(first).toMatchObject({ seq: 1, senderId: anna.id, type: 'text', content: 'Shall we ship?' })
      const event = await hearing.next('message.created')
      const { reactions, ...shared } = first
      expect([event, reactions]).toEqual([{ conversationId: id, seq: 2, message: shared }, []])
      expect(await hearing.next('unread.updated')).toEqual({ conversationId: id, unread: 1, mentions: 0 })
      const reply = await say(anna, id, '@you', { replyToId: first.id, mentions: [boris.id] })
      expect(reply).toMatchObject({ replyToId: first.id, mentions: [boris.id] })
      const both = { conversationId: id, unread: 2, mentions: 1 }
      expect(await hearing.next('unread.updated')).toEqual(both)
      expect((await boris.ask('get-conversation', { id })).data).toMatchObject({ unread: 2, mentions: 1 })
      const listed = await boris.ask('list-messages', { conversationId: id })
      expect(listed).toEqual({ data: [first, reply], page: { nextCursor: null, prevCursor: null } })
    })

    test('takes 10,000 characters of any kind and no more', async () => {
      const { anna, id } = await pair()
      const text = '🙂'.repeat(10_000)
      expect((await say(anna, id, text)).content).toBe(text)
      const input = { conversationId: id, content: `${text}x` }
      expect((await team.api().callWrongly('send-message', input, anna.headers)).status).toBe(422)
    })

    test('is the first one to every repeat of its clientMsgId, also at once, and is heard once', async () => {
      const { anna, boris, id, hearing } = await listening()
      const once = { conversationId: id, content: 'Once', clientMsgId: 'b3f5' }
      const replies = await Promise.all(Array.from({ length: 8 }, () => anna.call('send-message', once)))
      expect(replies.map(({ status }) => status).sort()).toEqual([...Array<number>(7).fill(200), 201])
      expect(new Set(replies.map(({ bytes }) => bytes.toString())).size).toBe(1)
      const other = await anna.call('send-message', { ...once, content: 'Another text' })
      expect([other.status, other.body]).toEqual([200, replies[0]?.body])
      expect((await boris.call('send-message', once)).status).toBe(201)
      const { id: elsewhere } = await group(anna)
      const there = await anna.call('send-message', { ...once, conversationId: elsewhere })
      expect(there.status).toBe(201)
      await hearing.saw(
        'the last',
        () => hearing.heard.filter(({ event }) => event.type === 'message.created').length > 1,
      )
      await team.settled(boris, hearing)
      const heard = hearing.heard.filter(({ event }) => event.type === 'message.created')
      expect(heard).toHaveLength(2)
    })

    test('is edited by its author, deleted by its author or an admin, and is then a place without content', async () => {
      const { anna, boris, id, hearing } = await listening()
      const message = await say(anna, id, 'Frist')
      const { data: edited } = await anna.ask('edit-message', { id: message.id, content: 'First' })
      expect(edited).toEqual({ ...message, content: 'First', editedAt: edited.editedAt })
      expect(edited.editedAt).not.toBeNull()
      expect((await hearing.next('message.updated')).message).toMatchObject({ content: 'First' })
      const other = await say(boris, id, 'Second')
      expect((await anna.call('edit-message', { id: other.id, content: 'x' })).status).toBe(403)
      await anna.run('delete-message', { id: other.id })
      await anna.run('delete-message', { id: other.id })
      const { deletedAt, ...rest } = await hearing.next('message.deleted')
      expect(rest).toMatchObject({ conversationId: id, messageId: other.id })
      const { data } = await boris.ask('list-messages', { conversationId: id })
      expect(data).toEqual([edited, { ...other, content: '', deletedAt }])
      expect((await boris.call('delete-message', { id: message.id })).status).toBe(403)
      expect((await boris.call('edit-message', { id: other.id, content: 'x' })).status).toBe(404)
    })

    test('gathers reactions, each person’s once', async () => {
      const { anna, boris, id, hearing } = await listening()
      const message = await say(anna, id, 'Shipped!')
      for (const person of [boris, anna, boris])
        await person.run('add-reaction', { id: message.id, emoji: '🚀' })
      await boris.run('add-reaction', { id: message.id, emoji: ':party:' })
      const heard = [await hearing.next('reaction.added'), await hearing.next('reaction.added')]
      expect(heard.map(({ userId, count }) => [userId, count])).toEqual([
        [boris.id, 1],
        [anna.id, 2],
      ])
      expect((await hearing.next('reaction.added')).emoji).toBe(':party:')
      const shown = async () => (await anna.ask('list-messages', { conversationId: id })).data[0]?.reactions
      const party = { emoji: ':party:', count: 1, userIds: [boris.id], mine: false }
      const rocket = { emoji: '🚀', count: 2, userIds: [boris.id, anna.id], mine: true }
      expect(await shown()).toEqual([rocket, party])
      await anna.run('remove-reaction', { id: message.id, emoji: '🚀' })
      await anna.run('remove-reaction', { id: message.id, emoji: '🚀' })
      expect(await hearing.next('reaction.removed')).toMatchObject({ userId: anna.id, count: 1 })
      expect(await shown()).toEqual([{ ...rocket, count: 1, userIds: [boris.id], mine: false }, party])
    })

    test('is pinned and unpinned for everybody, and listed the last pinned first in pages', async () => {
      const { anna, boris, id, hearing } = await listening()
      const sent = [await say(anna, id, '1'), await say(anna, id, '2'), await say(anna, id, '3')]
      for (const message of [sent[1], sent[0], sent[2]]) await boris.run('pin-message', { id: message?.id })
      expect(await hearing.next('message.pinned')).toMatchObject({ messageId: sent[1]?.id, userId: boris.id })
      const first = await anna.ask('list-pinned-messages', { id, limit: 2 })
      expect(contents(first.data)).toEqual(['3', '1'])
      const second = await anna.ask('list-pinned-messages', { id, limit: 2, cursor: first.page.nextCursor })
      expect([contents(second.data), second.page.nextCursor]).toEqual([['2'], null])
      await boris.run('unpin-message', { id: sent[0]?.id })
      expect(await hearing.next('message.unpinned')).toMatchObject({ messageId: sent[0]?.id })
      await anna.run('delete-message', { id: sent[1]?.id })
      expect(contents((await boris.ask('list-pinned-messages', { id })).data)).toEqual(['3'])
    })

    test('is typed before it is there, for the others, and stored nowhere', async () => {
      const { anna, boris, id, hearing } = await listening()
      await anna.run('send-typing', { conversationId: id })
      expect(await hearing.next('typing')).toEqual({ conversationId: id, userId: anna.id })
      expect((await boris.ask('get-conversation', { id })).data.seq).toBe(1)
    })
  })

  describe('reading', () => {
    test('up to a message, then everything, forward only, is told to the others and counted', async () => {
      const { anna, boris, id } = await pair()
      const sent: Message[] = []
      for (const text of ['1', '2', '3', '4']) sent.push(await say(anna, id, text, { mentions: [boris.id] }))
      const [forAnna, forBoris] = [await team.hearNow(anna), await team.hearNow(boris)]
      await forAnna.subscribe(`chat:${id}`)
      const [, second, third, last] = sent.map((message) => message.id)
      const state = async () => {
        const { data } = await boris.ask('get-conversation', { id })
        return [data.unread, data.mentions, data.readCursor.lastReadMessageId]
      }
      expect(await state()).toEqual([4, 4, null])
      await boris.run('mark-conversation-read', { id, lastReadMessageId: third })
      expect(await state()).toEqual([1, 1, third])
      expect(await forAnna.next('conversation.read')).toMatchObject({
        userId: boris.id,
        lastReadMessageId: third,
      })
      const counts = { conversationId: id, unread: 1, mentions: 1 }
      expect(await forBoris.next('unread.updated')).toEqual(counts)
      await boris.run('mark-conversation-read', { id, lastReadMessageId: second })
      expect(await state()).toEqual([1, 1, third])
      await boris.run('mark-conversation-read', { id })
      expect(await state()).toEqual([0, 0, last])
      expect((await boris.ask('list-conversations', { filter: 'unread' })).data).toEqual([])
    })
  })

  describe('history', () => {
    async function long(count: number) {
      const people = await pair()
      const sent: string[] = []
      for (let n = 1; n <= count; n++) sent.push((await say(people.anna, people.id, String(n))).id)
      const list = async (place: object) =>
        people.boris.ask('list-messages', { conversationId: people.id, ...place })
      const at = (n: number) => sent[n - 1] ?? ''
      return { ...people, sent, list, at }
    }

    test('is paged before, after and around a message, in both directions, without repeat or gap', async () => {
      const { sent, list, at } = await long(25)
      const newest = await list({ limit: 10 })
      expect(newest.data.map(({ id }) => id)).toEqual(sent.slice(15))
      expect(newest.page).toEqual({ prevCursor: at(16), nextCursor: null })
      const around = await list({ around: at(12), limit: 5 })
      expect(contents(around.data)).toEqual(['10', '11', '12', '13', '14'])
      const ids = around.data.map(({ id }) => id)
      for (let page = around.page; page.prevCursor !== null;) {
        const older = await list({ before: page.prevCursor, limit: 4 })
        ids.unshift(...older.data.map(({ id }) => id))
        page = older.page
      }
      for (let page = around.page; page.nextCursor !== null;) {
        const newer = await list({ after: page.nextCursor, limit: 4 })
        ids.push(...newer.data.map(({ id }) => id))
        page = newer.page
      }
      expect(ids).toEqual(sent)
      expect((await list({ after: at(25) })).data).toEqual([])
      expect((await list({ before: at(1) })).data).toEqual([])
    })

    test('jumps to the first unread message, and to one that was deleted', async () => {
      const { boris, anna, id, list, at } = await long(20)
      await boris.run('mark-conversation-read', { id, lastReadMessageId: at(8) })
      const { data } = await boris.ask('get-conversation', { id })
      const unread = await list({ after: data.readCursor.lastReadMessageId, limit: 100 })
      expect([unread.data[0]?.content, unread.data.length]).toEqual(['9', data.unread])
      await anna.run('delete-message', { id: at(9) })
      const there = await list({ around: at(9), limit: 3 })
      expect(there.data.map(({ seq, content }) => [seq, content])).toEqual([
        [8, '8'],
        [9, ''],
        [10, '10'],
      ])
    })

    test('is since one came, where the conversation says so: history, pins, replies and events alike', async () => {
      const { org, anna, id } = await pair({ historyMode: 'since_join' })
      const old = await say(anna, id, 'Old secret')
      await anna.run('pin-message', { id: old.id })
      const clara = await team.colleague({ org })
      await anna.run('add-conversation-member', { id, userIds: [clara.id] })
      const hearing = await team.hear(clara)
      await hearing.subscribe(`chat:${id}`)
      expect((await clara.ask('get-conversation', { id })).data).toMatchObject({
        lastMessage: null,
        unread: 0,
      })
      expect((await clara.ask('list-messages', { conversationId: id })).data).toEqual([])
      expect((await clara.ask('list-pinned-messages', { id })).data).toEqual([])
      expect((await clara.ask('search-messages', { query: 'secret' })).data).toEqual([])
      for (const operation of ['pin-message', 'delete-message'])
        expect((await clara.call(operation, { id: old.id })).status).toBe(404)
      expect((await clara.call('add-reaction', { id: old.id, emoji: 'x' })).status).toBe(404)
      const reply = { conversationId: id, content: 'x', replyToId: old.id }
      expect((await clara.call('send-message', reply)).status).toBe(422)
      await anna.run('add-reaction', { id: old.id, emoji: 'x' })
      await anna.ask('edit-message', { id: old.id, content: 'Old and edited' })
      const fresh = await say(anna, id, 'New')
      expect((await hearing.next('message.created')).message.id).toBe(fresh.id)
      expect(hearing.heard.filter(({ channel }) => channel === `chat:${id}`)).toHaveLength(1)
      expect(contents((await clara.ask('list-messages', { conversationId: id })).data)).toEqual(['New'])
    })
  })
}
