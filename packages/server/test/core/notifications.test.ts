import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { finishNotifications, queueNotifications, takeNotifications } from '../../src/core/notifications.ts'
import { updatePreferences } from '../../src/core/preferences.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId, UserId } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { switchConsumer } from '../../src/db/consumers.ts'
import { deleteExpiredNotifications, messagesAfter } from '../../src/db/notifications.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { join, leave, newColleague, newPlace, say } from './workspace-scene.ts'

eachStore('queued notifications', (database) => {
  let test: TestChat
  let chat: Chat
  let author: Actor
  let reader: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    await switchConsumer(chat.db, 'offline-notifications', true)
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    author = await newColleague(chat)
    reader = await newColleague(chat)
    id = await newPlace(chat, author, { members: [reader] })
  })
  afterEach(() => chat.db.query('delete from notifications'))

  async function queue(): Promise<void> {
    await test.settled()
    while (await queueNotifications(chat, randomUUID()));
  }

  async function notified(): Promise<UserId[]> {
    const rows = await chat.db.query<{ id: UserId }>('select user_id as id from notifications order by id')
    return rows.map((row) => row.id)
  }

  const taken = async () => (await takeNotifications(chat, 100)).map(({ userId }) => userId)
  const lapse = () => chat.db.query('update notifications set due_at = now()')
  const age = (hours: number) =>
    chat.db.query('update notifications set created_at = now() - make_interval(hours => $1)', [hours])

  it('are queued for so many members at a time, and for all of one message', async () => {
    await test.settled()
    const [log] = await chat.db.query<{ head: number }>('select head from event_log')
    const messages = [
      await say(chat, author, id, '1'),
      await say(chat, author, id, '2'),
      await say(chat, author, id, '3'),
    ]
    await test.settled()
    const following = async (members: number) => {
      const { entries, isFull } = await messagesAfter(chat.db, log?.head ?? 0, { events: 200, members })
      return { ids: entries.flatMap(({ messageId }) => messageId ?? []), isFull }
    }
    const [first, second, third] = messages.map((message) => message.id)
    expect(await following(1)).toEqual({ ids: [first], isFull: true })
    expect(await following(3)).toEqual({ ids: [first, second], isFull: true })
    expect(await following(5)).toEqual({ ids: [first, second, third], isFull: false })
    await queue()
    expect(await notified()).toEqual(messages.map(() => reader.userId))
  })

  it('come again until they are done', async () => {
    const message = await say(chat, author, id, 'я'.repeat(300))
    await queue()
    const [first] = await takeNotifications(chat, 100)
    expect(first).toEqual({
      id: expect.any(Number) as number,
      userId: reader.userId,
      conversationId: id,
      message: {
        id: message.id,
        senderId: author.userId,
        type: 'text',
        text: 'я'.repeat(200),
        createdAt: message.createdAt,
      },
      createdAt: expect.any(Date) as Date,
    })
    expect(await taken()).toEqual([])
    await lapse()
    expect(await takeNotifications(chat, 100)).toEqual([first])
    await finishNotifications(chat, [first?.id ?? 0])
    await finishNotifications(chat, [first?.id ?? 0])
    await lapse()
    expect(await taken()).toEqual([])
    await queue()
    expect(await notified()).toEqual([])
  })

  it('come the oldest first, as many as are asked for, and each to one taker', async () => {
    const messages = []
    for (let n = 0; n < 6; n++) messages.push(await say(chat, author, id, `${n}`))
    await queue()
    const [oldest] = await takeNotifications(chat, 1)
    expect(oldest?.message.id).toBe(messages[0]?.id)
    const both = await Promise.all([takeNotifications(chat, 3), takeNotifications(chat, 3)])
    const ids = both.flat().map(({ message }) => message.id)
    expect(new Set(ids)).toEqual(new Set(messages.slice(1).map((message) => message.id)))
    expect(ids).toHaveLength(5)
  })

  it('are dropped by what happens before they are taken, and hide none behind them', async () => {
    const readers = await Promise.all(Array.from({ length: 5 }, () => newColleague(chat)))
    const [left, muted, erased, patient, other] = readers as [Actor, Actor, Actor, Actor, Actor]
    for (const member of readers) await join(chat, id, member)
    await say(chat, author, id, 'hello')
    await queue()
    const another = await newPlace(chat, author, { members: [other] })
    const deleted = await say(chat, author, another, 'oops')
    await queue()
    expect(await notified()).toHaveLength(7)

    await markRead(chat, reader, id)
    await leave(chat, id, left)
    await updatePreferences(chat, muted, id, { mutedUntil: 'forever' })
    await eraseUser(chat, erased.userId, 'delete')
    await deleteMessage(chat, author, deleted.id)
    const wanted = [patient.userId, other.userId].sort()
    expect(await takeNotifications(chat, 1)).toMatchObject([{ userId: wanted[0] }])
    expect(await taken()).toEqual([wanted[1]])
    expect(await notified()).toEqual(wanted)
  })

  it('that nobody takes are forgotten after a while', async () => {
    await say(chat, author, id, 'hello')
    await queue()
    await age(23)
    await deleteExpiredNotifications(chat.db, 24)
    expect(await notified()).toHaveLength(1)
    await age(25)
    await deleteExpiredNotifications(chat.db, 24)
    expect(await notified()).toEqual([])
  })
})
