import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import type { Database } from '../../src/db/database.ts'
import { switchWebhooks } from '../../src/db/webhooks.ts'
import { queueWebhooks } from '../../src/jobs/webhook-queue.ts'
import { startWebhooks } from '../../src/jobs/webhooks.ts'
import type { WebhookOptions, Webhooks } from '../../src/jobs/webhooks.ts'
import { newColleague, newPlace } from '../core/workspace-scene.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { openReceiver } from '../support/receiver.ts'
import type { Receiver } from '../support/receiver.ts'

export const SECRET = 'what Parley and its receivers know'

interface Sent {
  id: string
  type: string
  timestamp: string
  payload: Record<string, unknown>
}

export interface Scene {
  test: TestChat
  chat: Chat
  author: Actor
  reader: Actor
  /** Of both. */
  id: ConversationId
  receiver: Receiver
  other: Receiver
  /** What was logged. */
  warnings: { fields: object; text: string }[]
  faults: unknown[]
  /** A job that tells the receiver, unless something else is said, and tries again at once. */
  start(options?: Partial<WebhookOptions>): Webhooks
  /** Queues what has happened, like the job. */
  queue(urls?: string[]): Promise<void>
  queued(): Promise<{ id: string; type: string; attempts: number }[]>
  /** Everything has been delivered or dropped. */
  done(): Promise<void>
}

/** A conversation of two, and two receivers; jobs end with the test that started them. */
export function webhookScene(database: () => Database): Scene {
  let jobs: Webhooks[] = []
  const scene = {
    start(options) {
      const job = startWebhooks({
        db: scene.chat.db,
        urls: [scene.receiver.url],
        secret: SECRET,
        allowPrivate: true,
        backOff: () => 0,
        log: {
          warn: (fields, text) => scene.warnings.push({ fields, text }),
        },
        onError: (error) => scene.faults.push(error),
        ...options,
      })
      jobs.push(job)
      return job
    },
    async queue(urls = [scene.receiver.url]) {
      await scene.test.settled()
      await queueWebhooks(scene.chat.db, urls)
    },
    queued: () => scene.chat.db.query('select id, type, attempts from webhook_deliveries order by nth'),
    async done() {
      await scene.test.settled()
      for (const job of jobs) job.wake()
      const unread = 'select from log_consumers, event_log where name = $1 and position < head'
      await vi.waitFor(
        async () => {
          expect(await scene.chat.db.query(unread, ['webhooks'])).toEqual([])
          expect(await scene.queued()).toEqual([])
        },
        { timeout: 10_000 },
      )
    },
  } as Scene // the rest is there before the first test

  beforeAll(async () => {
    scene.receiver = await openReceiver()
    scene.other = await openReceiver()
    scene.test = await openTestChat(database(), (event) => {
      for (const job of jobs) job.follow(event)
    })
    scene.chat = scene.test.chat
  })
  afterAll(async () => {
    await scene.test.close()
    await scene.receiver.close()
    await scene.other.close()
  })
  beforeEach(async () => {
    scene.warnings = []
    scene.faults = []
    scene.author = await newColleague(scene.chat)
    scene.reader = await newColleague(scene.chat)
    scene.id = await newPlace(scene.chat, scene.author, { members: [scene.reader] })
    await scene.test.settled()
    await switchWebhooks(scene.chat.db, [])
    await switchWebhooks(scene.chat.db, [scene.receiver.url, scene.other.url])
    for (const receiver of [scene.receiver, scene.other])
      Object.assign(receiver, { calls: [], connections: 0, answer: () => 200 })
  })
  afterEach(async () => {
    await Promise.all(jobs.map((job) => job.stop()))
    jobs = []
    expect(scene.faults).toEqual([])
  })
  return scene
}

/** What a receiver was sent, as JSON. */
export const sentTo = ({ calls }: Receiver): Sent[] => calls.map(({ body }) => JSON.parse(body) as Sent)
