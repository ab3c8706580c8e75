import { describe, expect, test } from 'vitest'
import type { Message } from '@parley/wire/direct'
import type { Chat } from '../support/chat.ts'
import { createColleague } from '../support/colleague.ts'
import { join, write } from '../support/direct.ts'
import { historyOf, messagesOf, pairOf, room, say, type Friend, type Friends } from '../support/friends.ts'
import { hear } from '../support/hearing.ts'
import { loadDescription } from '../support/described-api.ts'
import { channel, contents, group, say as sayThere } from '../support/team.ts'

/** One conversation of two colleagues, seen through documents 001, 002 and 003 at the same time. */
export function crossing(friends: Friends, chat: Chat) {
  let last = 0

  async function colleagues() {
    const org = `crossing-${++last}`
    const [anna, boris] = [await friends.friend({ org }), await friends.friend({ org })]
    const api = await loadDescription(() => chat.server().url, '/openapi/workspace.json')
    const there = ({ id, headers }: Friend) => createColleague(() => api, id, headers)
    return { anna, boris, there: { anna: there(anna), boris: there(boris) } }
  }

  /** Boris listens in all three. */
  async function pair() {
    const { anna, boris, there } = await colleagues()
    const { _id: id } = await pairOf(anna, boris)
    const [rooms, direct] = [await friends.line(boris), await friends.line(boris)]
    await rooms.act('join-chat-room', id)
    const { roomId } = await join(direct, boris, anna)
    const hers = await friends.line(anna)
    await join(hers, anna, boris)
    const workspace = await hear(chat.server().url, there.boris)
    await workspace.subscribe(`chat:${id}`)
    return { anna, boris, there, id, roomId, hers, rooms, direct, workspace }
  }

  test('is found from each of them', async () => {
    const { anna, boris, there } = await colleagues()
    const found = await group(there.anna, [there.boris], { type: 'dm' })
    expect((await pairOf(boris, anna))._id).toBe(found.id)
    const line = await friends.line(anna)
    await say(boris, found.id, 'Here')
    expect((await join(line, anna, boris)).messages.map(({ body }) => body)).toEqual(['Here'])
  })

  test('what is written in any of them is in all of them, at once and at rest, in one order, each with its ids', async () => {
    const { anna, boris, there, id, roomId, hers, rooms, direct, workspace } = await pair()
    try {
      const expected: string[] = []
      const ways: [string, (content: string) => Promise<unknown>][] = [
        ['rooms', (content) => say(anna, id, content)],
        ['direct', (content) => write(hers, anna, roomId, content)],
        ['workspace', (content) => sayThere(there.anna, id, content)],
      ]
      for (let n = 0; n < 3; n++) {
        for (const [way, send] of ways) {
          expected.push(`${way} ${n}`)
          await send(`${way} ${n}`)
        }
      }
      await Promise.all(ways.map(([way, send]) => send(`${way} at once`)))
      const count = expected.length + 3
      await rooms.saw('all', () => rooms.all('new-message').length === count)
      await direct.saw('all', () => direct.all('new_message').length === count)
      const created = () =>
        workspace.heard.flatMap(({ event }) => (event.type === 'message.created' ? [event.data.message] : []))
      await workspace.saw('all', () => created().length === count)

      const here = rooms.all('new-message').map(({ message }) => message)
      const texts = here.map(({ content }) => content)
      expect(texts.slice(0, -3)).toEqual(expected)
      expect(direct.all('new_message').map(({ body }) => body)).toEqual(texts)
      expect(created().map(({ content }) => content)).toEqual(texts)
      expect(created().map((message) => message.id)).toEqual(here.map(({ _id }) => _id))
      const uuids = direct.all('new_message').map((message) => message.id)
      expect(uuids).toEqual([...new Set(uuids)].sort())

      expect((await historyOf(boris, id)).map(({ _id }) => _id)).toEqual(here.map(({ _id }) => _id))
      expect(contents((await there.boris.ask('list-messages', { conversationId: id })).data)).toEqual(texts)
      const { messages } = await join(direct, boris, anna)
      expect(messages).toEqual(direct.all('new_message'))
    } finally {
      await workspace.close()
    }
  })

  test('edits, deletions, receipts and typing are what each of them can say', async () => {
    const { anna, boris, there, id, hers, rooms, direct, workspace, roomId } = await pair()
    try {
      const [kept, gone] = [await say(anna, id, 'Frist'), await sayThere(there.anna, id, 'Oops')]
      await there.anna.ask('edit-message', { id: kept._id, content: 'First' })
      const edited = await rooms.next('message-edited')
      expect(edited.message).toMatchObject({ _id: kept._id, content: 'First' })
      await anna.ask('deleteMessage', { id, messageId: gone.id })
      expect((await workspace.next('message.deleted')).messageId).toBe(gone.id)
      expect((await rooms.next('message-deleted')).messageId).toBe(gone.id)
      const bodies = (messages: Message[]) => messages.map(({ body }) => body)
      expect(bodies((await join(direct, boris, anna)).messages)).toEqual(['First', ''])
      expect(bodies(direct.all('new_message'))).toEqual(['Frist', 'Oops'])

      await there.boris.run('mark-conversation-read', { id })
      expect((await rooms.next('messages-read')).userId).toBe(boris.id)
      expect((await messagesOf(anna, id))[1]?.readBy).toEqual([anna.id, boris.id])
      await write(hers, anna, roomId, 'Once more')
      expect((await boris.ask('getChat', { id })).chat.unreadCount).toBe(1)
      await boris.ask('markRead', { id })
      const { data } = await there.boris.ask('get-conversation', { id })
      expect(data.unread).toBe(0)
      await there.anna.run('send-typing', { conversationId: id })
      expect(await rooms.next('user-typing')).toMatchObject({ userId: anna.id, isTyping: true })
    } finally {
      await workspace.close()
    }
  })

  test('a file sent in one is a file in the next, and an address where there are none', async () => {
    const { anna, there, id, direct, workspace } = await pair()
    try {
      const file = new File(['Ship it'], 'plan.txt', { type: 'text/plain' })
      const { message } = await anna.ask('sendFile', { id, file, content: 'The plan' })
      const [sent] = message.attachments
      const { body } = await direct.next('new_message')
      const [caption, address] = body.split('\n')
      expect(caption).toBe('The plan')
      expect((await fetch(address ?? '')).status).toBe(200)
      const heard = await workspace.next('message.created')
      expect(heard.message.attachments).toMatchObject([{ filename: sent?.filename, size: sent?.size }])
      const shared = await there.boris.ask('list-conversation-attachments', { id })
      expect(shared.data).toMatchObject([{ filename: 'plan.txt' }])
    } finally {
      await workspace.close()
    }
  })

  describe('what a document cannot say', () => {
    test('is in none of its lists and at none of its addresses', async () => {
      const { anna, boris, there } = await colleagues()
      const { id } = await channel(there.anna)
      await sayThere(there.anna, id, 'In a channel')
      const crowd = await room(anna, [boris], { title: 'Three' })
      expect((await anna.ask('listChats')).chats.map(({ _id }) => _id)).toEqual([crowd._id])
      expect((await anna.call('getChat', { id })).status).toBe(404)
      const line = await friends.line(anna)
      expect((await line.fail('join-chat-room', id)).code).toBe('not_found')
      const { buyer, seller, conversation } = await chat.pair()
      const product = String(conversation.id)
      for (const { session } of [buyer, seller]) {
        const headers = { cookie: `PARTIZAP_SESSION=${session.session}` }
        const reply = await friends.api().call('getChat', { id: product }, headers)
        expect(reply.status).toBe(404)
      }
    })
  })
}
