import { randomUUID } from 'node:crypto'
import { beforeEach, expect, it } from 'vitest'
import { queueNotifications } from '../../src/core/notifications.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { ConversationId } from '../../src/core/types.ts'
import { switchConsumer } from '../../src/db/consumers.ts'
import { queueWebhooks } from '../../src/jobs/webhook-queue.ts'
import { join, newColleague, newPlace, say } from '../core/workspace-scene.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { sentTo, webhookScene } from './webhook-scene.ts'

eachStore('webhooks of notifications', (database) => {
  const scene = webhookScene(database)

  beforeEach(() => switchConsumer(scene.chat.db, 'offline-notifications', true))

  /** Queues notifications, like their job. */
  async function notify(): Promise<void> {
    await scene.test.settled()
    while (await queueNotifications(scene.chat, randomUUID()));
  }

  const notified = () =>
    sentTo(scene.receiver).flatMap(({ type, payload }) => (type === 'notification.pending' ? [payload] : []))

  it('show the beginning of a message as plain text', async () => {
    const { chat, author, reader, id } = scene
    await say(chat, author, id, `<b>${'😀'.repeat(300)}`)
    await notify()
    scene.start()
    await scene.done()
    expect(notified()).toMatchObject([
      { user_id: reader.userId, message: { content: `<b>${'😀'.repeat(197)}` } },
    ])
  })

  it('are not sent to who has read the message meanwhile', async () => {
    const { chat, author, reader, id } = scene
    const late = await newColleague(chat)
    await join(chat, id, late)
    await say(chat, author, id, 'hello')
    await notify()
    await scene.queue()
    await markRead(chat, reader, id)
    scene.start()
    await scene.done()
    expect(notified()).toMatchObject([{ user_id: late.userId }])
  })

  it('go to each address, once, whichever job takes them', async () => {
    const { chat, author, id, receiver, other } = scene
    await say(chat, author, id, 'hello')
    await notify()
    const urls = [receiver.url, other.url]
    scene.start({ urls })
    scene.start({ urls })
    await scene.done()
    for (const one of urls) {
      const types = sentTo(one === receiver.url ? receiver : other).map(({ type }) => type)
      expect(types.sort()).toEqual(['message.new', 'notification.pending'])
    }
  })

  it('are queued with as many statements for 500 members as for one', async () => {
    const { chat, author, id, receiver, other } = scene
    const crowd = await newPlace(chat, author)
    await chat.db.query(
      `with crowd as (
         insert into users (id, display_name, org_id) select 'crowd-' || n, 'One of many', 'acme'
         from generate_series(1, 500) n returning id
       )
       insert into members (conversation_id, user_id) select $1, id from crowd`,
      [crowd],
    )
    const cost = async (place: ConversationId) => {
      await say(chat, author, place, 'hello')
      await notify()
      const { db, statements } = countStatements(chat.db)
      await queueWebhooks(db, [receiver.url, other.url])
      return statements()
    }
    await scene.queue()
    expect(await cost(crowd)).toBe(await cost(id))
    expect(await scene.queued()).toHaveLength(2 * (1 + 500 + 1 + 1))
    await chat.db.query('delete from webhook_deliveries')
  })
})
