import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { getTotals, listPage, toggleArchived } from '../../src/core/conversations.ts'
import { openDirect } from '../../src/core/direct.ts'
import { createGroup } from '../../src/core/groups.ts'
import { listNewest } from '../../src/core/history.ts'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { listParticipants } from '../../src/core/participants.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId, Message } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { newPerson } from './rooms-scene.ts'

eachStore('a conversation by numbers', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    anna = await newPerson(chat)
    boris = await newPerson(chat)
  })
  afterAll(() => test.close())

  async function newTalk(): Promise<ConversationId> {
    const { overview } = await createGroup(chat, anna, { memberIds: [boris.userId] })
    return overview.conversation.id
  }

  const say = async (id: ConversationId, actor = anna, text = 'x'): Promise<Message> =>
    (await sendMessage(chat, actor, { conversationId: id, type: 'text', text })).message

  it('has times that rise with its messages, however fast they come', async () => {
    const id = await newTalk()
    const sent = await Promise.all(Array.from({ length: 40 }, (_, n) => say(id, n % 2 ? anna : boris)))
    const times = sent.toSorted((a, b) => a.id - b.id).map(({ createdAt }) => createdAt.getTime())
    expect(new Set(times).size).toBe(40)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('gives by any time just what was written before it', async () => {
    const id = await newTalk()
    const sent: Message[] = []
    for (let n = 0; n < 30; n++) {
      sent.push(await say(id))
      // Ids of other conversations lie between.
      if (n % 3 === 0) await say(await newTalk())
    }
    const first = sent[0]?.createdAt.getTime() ?? 0
    const last = sent.at(-1)?.createdAt.getTime() ?? 0
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: first - 2, max: last + 2 }), async (time) => {
        const { messages } = await listNewest(chat, anna, id, { before: new Date(time), limit: 100 })
        const expected = sent.filter(({ createdAt }) => createdAt.getTime() < time)
        expect(messages.map((message) => message.id)).toEqual(expected.map((message) => message.id))
      }),
      { numRuns: 40 },
    )
  })

  it('gives by the number of a page what is there, deleted messages included', async () => {
    const id = await newTalk()
    const sent: Message[] = []
    for (let n = 0; n < 7; n++) sent.push(await say(id))
    await deleteMessage(chat, anna, sent[5]?.id ?? 0)
    const page = await listNewest(chat, boris, id, { offset: 1, limit: 3 })
    expect(page.total).toBe(7)
    expect(page.messages.map((message) => message.id)).toEqual(sent.slice(3, 6).map((message) => message.id))
    expect(page.messages.at(-1)).toMatchObject({ text: null, metadata: {} })
  })

  it('gives by any numbers what they say, of messages before any', async () => {
    const id = await newTalk()
    const ids: number[] = []
    for (let n = 0; n < 12; n++) {
      ids.push((await say(id)).id)
      if (n % 3 === 0) await say(await newTalk())
    }
    const numbers = { end: fc.integer({ min: 0, max: 12 }), offset: fc.nat(14), limit: fc.nat(14) }
    await fc.assert(
      fc.asyncProperty(fc.record(numbers), async ({ end, offset, limit }) => {
        const { messages, total } = await listNewest(chat, anna, id, { before: ids[end], offset, limit })
        const shown = ids.slice(0, end).toReversed().slice(offset).slice(0, limit)
        expect([total, messages.map((message) => message.id)]).toEqual([end, shown.toReversed()])
      }),
      { numRuns: 60 },
    )
  })

  it('reads no more for a page far back than for the first', async () => {
    const id = await newTalk()
    await database().query(
      `with told as (
         insert into messages (conversation_id, seq, sender_id, text)
         select $1, n, $2, 'x' from generate_series(1, 5000) n returning id
       ) update conversations set message_seq = 5000, last_message_id = (select max(id) from told) where id = $1`,
      [id, anna.userId],
    )
    const read: number[] = []
    async function query<Row>(text: string, params?: readonly unknown[]): Promise<Row[]> {
      const plan = await database().query(`explain (analyze, format json) ${text}`, params)
      const rows = JSON.stringify(plan).matchAll(/"Actual Rows":(\d+)/g)
      for (const [, count] of rows) read.push(Number(count))
      return database().query<Row>(text, params)
    }
    const watched = { ...chat, db: { ...chat.db, query } }
    const { messages } = await listNewest(watched, anna, id, { offset: 4990, limit: 3 })
    expect(messages.map(({ seq }) => seq)).toEqual([8, 9, 10])
    expect(Math.max(...read)).toBeLessThan(100)
  })

  it('says of everybody how far they have read, and of nobody who has left', async () => {
    const id = await newTalk()
    const message = await say(id)
    expect(await markRead(chat, boris, id)).toBe(1)
    expect(await markRead(chat, boris, id)).toBe(0)
    const { readers } = await listNewest(chat, anna, id, { limit: 1 })
    expect(readers.find(({ userId }) => userId === boris.userId)?.readId).toBe(message.id)
    expect(readers).toHaveLength(2)
  })

  it('counts as read what had been unread, and nothing else', async () => {
    const id = await newTalk()
    const one = await say(id)
    const two = await say(id, boris)
    const three = await say(id)
    await say(id)
    await deleteMessage(chat, anna, three.id)
    expect(await markRead(chat, boris, id, one.id)).toBe(1)
    expect(await markRead(chat, boris, id, two.id)).toBe(0)
    expect(await markRead(chat, boris, id)).toBe(1)
  })

  it('lists by pages of kinds, and counts them all', async () => {
    const actor = await newPerson(chat)
    const ids: ConversationId[] = []
    for (let n = 0; n < 5; n++) {
      const { overview } = await createGroup(chat, actor, { memberIds: [boris.userId] })
      ids.unshift(overview.conversation.id)
      await say(overview.conversation.id, boris)
    }
    await openDirect(chat, actor, boris.userId)
    const page = await listPage(chat, actor, { page: 2, limit: 2, kinds: ['group'] })
    expect(page.total).toBe(5)
    expect(page.overviews.map(({ conversation }) => conversation.id)).toEqual(ids.slice(2, 4))
    expect(await getTotals(chat, actor)).toEqual({ conversations: 6, messages: 5, unread: 5 })
  })

  it('is archived by one member for that one alone, and brought back', async () => {
    const id = await newTalk()
    expect(await toggleArchived(chat, anna, id)).toBe(true)
    const see = async (actor: Actor) => {
      const { overviews } = await listPage(chat, actor, { page: 1, limit: 100 })
      return overviews.find(({ conversation }) => conversation.id === id)?.isArchived
    }
    expect([await see(anna), await see(boris)]).toEqual([true, false])
    expect(await toggleArchived(chat, anna, id)).toBe(false)
    const outsider = await newPerson(chat)
    await expect(toggleArchived(chat, outsider, id)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('has participants with what each has not read; of two also the one who is gone', async () => {
    const id = await newTalk()
    await say(id)
    // They came at the same time.
    const participants = await listParticipants(chat, [id])
    expect(participants.toSorted((a, b) => a.role.localeCompare(b.role))).toMatchObject([
      { userId: boris.userId, role: 'member', unread: 1, isActive: true },
      { userId: anna.userId, role: 'owner', unread: 0, isActive: true },
    ])
    const gone = await newPerson(chat)
    const { overview } = await openDirect(chat, anna, gone.userId)
    await eraseUser(chat, gone.userId, 'keep')
    const both = await listParticipants(chat, [overview.conversation.id], [gone.userId])
    expect(both).toMatchObject([{ userId: gone.userId, isActive: false, lastSeenAt: null }])
  })

  it('lets messages be edited for a while, in their own conversation alone', async () => {
    const id = await newTalk()
    const message = await say(id)
    const edit = (terms: { conversationId?: number; minutes?: number }) =>
      editMessage(chat, anna, message.id, 'y', terms)
    await expect(edit({ conversationId: await newTalk() })).rejects.toMatchObject({ code: 'not_found' })
    await chat.db.query(`update messages set created_at = now() - interval '16 minutes' where id = $1`, [
      message.id,
    ])
    await expect(edit({ minutes: 15 })).rejects.toMatchObject({ code: 'forbidden' })
    expect(await edit({ minutes: 17, conversationId: id })).toMatchObject({ text: 'y' })
  })
})
