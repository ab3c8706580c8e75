import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createPresence } from '../../src/core/last-seen.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { queueNotifications } from '../../src/core/notifications.ts'
import { updatePreferences } from '../../src/core/preferences.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId, Preferences, UserId } from '../../src/core/types.ts'
import { eraseUser, putUser } from '../../src/core/users.ts'
import { forgetDeadProcesses, recordConnections } from '../../src/db/connections.ts'
import { switchConsumer } from '../../src/db/consumers.ts'
import { pruneEvents, readLogState } from '../../src/db/events.ts'
import { startOfflineNotifications } from '../../src/jobs/offline-notifications.ts'
import type { OfflineNotifier } from '../../src/jobs/offline-notifications.ts'
import { join, leave, newColleague, newPlace, say } from '../core/workspace-scene.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'

const here = randomUUID()

eachStore('offline notifications', (database) => {
  let test: TestChat
  let chat: Chat
  let author: Actor
  let reader: Actor
  let id: ConversationId
  let notifiers: OfflineNotifier[] = []
  const faults: unknown[] = []

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
  afterEach(async () => {
    await Promise.all(notifiers.map((notifier) => notifier.stop()))
    notifiers = []
    await chat.db.query('delete from notifications')
    expect(faults).toEqual([])
  })

  /** Follows the log to its end, like the job. */
  async function queue(): Promise<void> {
    await test.settled()
    while (await queueNotifications(chat, here));
  }

  function start(presence = chat.presence): OfflineNotifier {
    const notifier = startOfflineNotifications({
      db: chat.db,
      presence,
      onError: (error) => faults.push(error),
    })
    notifiers.push(notifier)
    return notifier
  }

  const queued = () =>
    chat.db.query<{ userId: UserId; messageId: number }>(
      'select user_id as "userId", message_id as "messageId" from notifications order by id',
    )
  const notified = async () => (await queued()).map(({ userId }) => userId)
  const name = (mentions: UserId[], conversationId = id) =>
    sendMessage(chat, author, { conversationId, type: 'text', text: 'you there', mentions })
  const prefer = (preferences: Partial<Preferences>) => updatePreferences(chat, reader, id, preferences)

  it('are queued once for who is not connected, and not for the author', async () => {
    const message = await say(chat, author, id, 'hello')
    await queue()
    await queue()
    expect(await queued()).toEqual([{ userId: reader.userId, messageId: message.id }])
  })

  it('are looked for again at once only where there was too much for one look', async () => {
    await queue()
    await say(chat, author, id, 'hello')
    await test.settled()
    expect(await queueNotifications(chat, here)).toBe(false)
    expect(await notified()).toEqual([reader.userId])
    const texts = Array.from({ length: 201 }, (_, n) => say(chat, author, id, `${n}`))
    await Promise.all(texts)
    await test.settled()
    expect(await queueNotifications(chat, here)).toBe(true)
    expect(await notified()).toHaveLength(201)
    expect(await queueNotifications(chat, here)).toBe(false)
    expect(await notified()).toHaveLength(202)
  })

  it('are not for who is connected, here or to another process that is alive', async () => {
    const elsewhere = await newColleague(chat)
    const cutOff = await newColleague(chat)
    const place = await newPlace(chat, author, { members: [reader, elsewhere, cutOff] })
    const [other, dead] = [randomUUID(), randomUUID()]
    chat.presence.connected(reader.userId)
    await recordConnections(chat.db, other, [elsewhere.userId])
    await recordConnections(chat.db, dead, [cutOff.userId])
    await chat.db.query(`update processes set alive_at = now() - interval '1 minute' where id = $1`, [dead])
    await say(chat, author, place, 'hello')
    await queue()
    expect(await notified()).toEqual([cutOff.userId])

    chat.presence.disconnected(reader.userId)
    await recordConnections(chat.db, other, [cutOff.userId])
    await say(chat, author, place, 'still there?')
    await queue()
    expect((await notified()).slice(1).sort()).toEqual([elsewhere.userId, reader.userId].sort())

    await forgetDeadProcesses(chat.db)
    const users = await chat.db.query('select user_id as "userId" from connected_users')
    expect(users).toEqual([{ userId: cutOff.userId }])
    await chat.db.query('delete from processes')
  })

  it('are for who only asked by HTTP, however lately', async () => {
    chat.presence.seen(reader.userId)
    await chat.presence.save()
    await say(chat, author, id, 'hello')
    await queue()
    expect(await notified()).toEqual([reader.userId])
  })

  it('follow what members have set', async () => {
    const heard = async (preferences: Partial<Preferences>) => {
      await chat.db.query('delete from notifications')
      await prefer({ mutedUntil: null, notifyLevel: 'all', ...preferences })
      const plain = await say(chat, author, id, 'hello')
      await name([reader.userId])
      await queue()
      return (await queued()).map(({ messageId }) => (messageId === plain.id ? 'plain' : 'named'))
    }
    expect(await heard({})).toEqual(['plain', 'named'])
    expect(await heard({ notifyLevel: 'mentions' })).toEqual(['named'])
    expect(await heard({ notifyLevel: 'everyone' })).toEqual(['named'])
    expect(await heard({ notifyLevel: 'none' })).toEqual([])
    expect(await heard({ mutedUntil: 'forever' })).toEqual([])
    expect(await heard({ mutedUntil: new Date(Date.now() + 3_600_000) })).toEqual([])
    expect(await heard({ mutedUntil: new Date(Date.now() - 1000) })).toEqual(['plain', 'named'])
  })

  it('are not for who has read it, has left or was erased, nor of what was deleted or the server says', async () => {
    const [gone, erased] = [await newColleague(chat), await newColleague(chat)]
    await join(chat, id, gone)
    await join(chat, id, erased)
    await say(chat, author, id, 'hello')
    await markRead(chat, reader, id)
    await leave(chat, id, gone)
    await eraseUser(chat, erased.userId, 'keep')
    const deleted = await say(chat, author, id, 'oops')
    await deleteMessage(chat, author, deleted.id)
    await sendMessage(chat, author, { conversationId: id, type: 'system', text: 'renamed' })
    await queue()
    expect(await notified()).toEqual([])
  })

  it('of a channel of the organisation are for those who are named in it, and did not put it away', async () => {
    const away = await newColleague(chat)
    const channel = await newPlace(chat, author, { kind: 'channel', visibility: 'org' })
    await join(chat, channel, away)
    await leave(chat, channel, away)
    await name([reader.userId, away.userId], channel)
    await queue()
    expect(await notified()).toEqual([reader.userId])
  })

  it('are not for who belongs to another organisation now', async () => {
    await putUser(chat, {
      id: reader.userId,
      displayName: 'Moved',
      avatarUrl: null,
      role: 'user',
      orgId: 'umbrella',
    })
    await say(chat, author, id, 'between us')
    await queue()
    expect(await notified()).toEqual([])
  })

  it('take as many statements for 1,000 members as for one', async () => {
    const cost = async (place: ConversationId) => {
      await say(chat, author, place, 'hello')
      await test.settled()
      const { db, statements } = countStatements(chat.db)
      await queueNotifications({ db, presence: chat.presence }, here)
      return statements()
    }
    const crowd = await newPlace(chat, author)
    await chat.db.query(
      `with crowd as (
         insert into users (id, display_name, org_id) select 'crowd-' || n, 'One of many', 'acme'
         from generate_series(1, 1000) n returning id
       )
       insert into members (conversation_id, user_id) select $1, id from crowd`,
      [crowd],
    )
    await queue()
    expect(await cost(crowd)).toBe(await cost(id))
    expect(await notified()).toHaveLength(1001)
  })

  it('are queued once by two jobs that race', async () => {
    const [one, other] = [start(), start(createPresence(chat.db))]
    const messages = []
    for (let n = 0; n < 20; n++) {
      messages.push(await say(chat, author, id, `${n}`))
      one.wake()
      other.wake()
    }
    await test.settled()
    one.wake()
    other.wake()
    const wanted = messages.map((message) => ({ userId: reader.userId, messageId: message.id }))
    await vi.waitFor(async () => expect(await queued()).toEqual(wanted), { timeout: 10_000 })
  })

  it('are not for who is connected to the other of two processes', async () => {
    const presence = createPresence(chat.db)
    presence.connected(reader.userId)
    start(presence)
    const shared = () => chat.db.query('select from connected_users where user_id = $1', [reader.userId])
    await vi.waitFor(async () => expect(await shared()).toHaveLength(1), { timeout: 10_000 })
    await say(chat, author, id, 'hello')
    await queue()
    expect(await notified()).toEqual([])
    await Promise.all(notifiers.map((notifier) => notifier.stop()))
    expect(await shared()).toEqual([])
  })

  it('come by the next process of what was written while none ran', async () => {
    await start().stop()
    const message = await say(chat, author, id, 'hello')
    await test.settled()
    start().wake()
    const wanted = [{ userId: reader.userId, messageId: message.id }]
    await vi.waitFor(async () => expect(await queued()).toEqual(wanted), { timeout: 10_000 })
  })

  it('wait for the database where it is away', async () => {
    const failures: unknown[] = []
    let away = true
    const db = {
      ...chat.db,
      transaction: <T>(work: Parameters<typeof chat.db.transaction<T>>[0]) =>
        away ? Promise.reject(new Error('away')) : chat.db.transaction(work),
    }
    const notifier = startOfflineNotifications({
      db,
      presence: chat.presence,
      onError: (error) => failures.push(error),
    })
    notifiers.push(notifier)
    await say(chat, author, id, 'hello')
    await test.settled()
    notifier.wake()
    await vi.waitFor(() => expect(failures).toEqual([new Error('away')]), { timeout: 10_000 })
    away = false
    await vi.waitFor(async () => expect(await notified()).toEqual([reader.userId]), { timeout: 10_000 })
  })

  it('keep the log from being pruned while they are behind, and only while they are on', async () => {
    const message = await say(chat, author, id, 'hello')
    await test.settled()
    await chat.db.query(`update events set created_at = now() - interval '2 days'`)
    const { head } = await readLogState(chat.db)
    await pruneEvents(chat.db, 24)
    expect((await readLogState(chat.db)).pruned).toBeLessThan(head)
    await queue()
    expect(await queued()).toEqual([{ userId: reader.userId, messageId: message.id }])
    await pruneEvents(chat.db, 24)
    expect((await readLogState(chat.db)).pruned).toBe(head)

    await switchConsumer(chat.db, 'offline-notifications', false)
    await say(chat, author, id, 'nobody is told')
    await queue()
    await chat.db.query(`update events set created_at = now() - interval '2 days'`)
    await pruneEvents(chat.db, 24)
    expect(await readLogState(chat.db)).toMatchObject({ pruned: head + 1, head: head + 1 })

    await switchConsumer(chat.db, 'offline-notifications', true)
    const next = await say(chat, author, id, 'from now on')
    await switchConsumer(chat.db, 'offline-notifications', true)
    await queue()
    expect((await queued()).map(({ messageId }) => messageId)).toEqual([message.id, next.id])
  })
})
