import { expect, it, vi } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { pruneEvents, readLogState } from '../../src/db/events.ts'
import { switchWebhooks } from '../../src/db/webhooks.ts'
import { newPlace, say } from '../core/workspace-scene.ts'
import { eachStore } from '../support/databases.ts'
import type { Receiver } from '../support/receiver.ts'
import { sentTo, webhookScene } from './webhook-scene.ts'

eachStore('webhooks that do not arrive', (database) => {
  const scene = webhookScene(database)

  const texts = (receiver: Receiver) => sentTo(receiver).map(({ payload }) => payload.text)
  const lapse = () => scene.chat.db.query('update webhook_deliveries set due_at = now()')

  /** Each call gets the next of these answers, and 200 afterwards. */
  function answer(...statuses: (number | null)[]): void {
    scene.receiver.answer = () => (statuses.length > 0 ? (statuses.shift() ?? null) : 200)
  }

  it.each([500, 503, 302, 307, 408, 425, 429])('come again with the same id after a %i', async (status) => {
    const { chat, author, id, receiver, warnings } = scene
    answer(status, status)
    scene.start()
    await say(chat, author, id, 'hello')
    await scene.done()
    const [first, second, third] = receiver.calls
    expect(receiver.calls).toHaveLength(3)
    expect([second, third]).toMatchObject(
      [first, first].map((call) => ({ path: call?.path, body: call?.body })),
    )
    expect(third?.headers['x-webhook-id']).toBe(first?.headers['x-webhook-id'])
    const fields = { target: receiver.url, reason: `status ${status}` }
    expect(warnings).toEqual([{ fields, text: 'webhooks are not taken; trying again' }])
  })

  it.each([400, 401, 404, 410, 422])('do not come again after a %i', async (status) => {
    const { chat, author, id, receiver, warnings } = scene
    answer(status)
    scene.start()
    await say(chat, author, id, 'unwelcome')
    await say(chat, author, id, 'welcome')
    await scene.done()
    expect(texts(receiver)).toEqual(['unwelcome', 'welcome'])
    const [sent] = sentTo(receiver)
    const fields = {
      target: receiver.url,
      webhook: sent?.id,
      event: 'message.new',
      reason: `status ${status}`,
    }
    expect(warnings).toEqual([{ fields, text: 'webhook dropped' }])
  })

  it('come again where nobody answers in time, or nobody is there', async () => {
    const { chat, author, id, receiver } = scene
    answer(null)
    const gone = 'http://127.0.0.1:1'
    await switchWebhooks(chat.db, [receiver.url, gone])
    scene.start({ urls: [receiver.url, gone], timeoutMs: 500 })
    await say(chat, author, id, 'hello')
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(2), { timeout: 10_000 })
    await vi.waitFor(async () => {
      expect(await scene.queued()).toMatchObject([
        { attempts: expect.toSatisfy((n: number) => n > 1) as number },
      ])
    })
  })

  it('wait longer each time, up to an hour', async () => {
    const { chat, author, id, receiver } = scene
    receiver.answer = () => 500
    const waits: number[] = []
    for (const attempts of [0, 5, 30]) {
      await say(chat, author, id, 'hello')
      await scene.queue()
      await chat.db.query('update webhook_deliveries set attempts = $1', [attempts])
      const calls = receiver.calls.length
      const job = scene.start({ backOff: undefined })
      await vi.waitFor(async () => {
        expect(receiver.calls.length).toBe(calls + 1)
        expect(await scene.queued()).toMatchObject([{ attempts: attempts + 1 }])
      })
      await job.stop()
      const [due] = await chat.db.query<{ seconds: number }>(
        'delete from webhook_deliveries returning extract(epoch from due_at - happened_at)::float8 as seconds',
      )
      waits.push(due?.seconds ?? 0)
    }
    expect(waits[0]).toBeGreaterThan(0.7)
    expect(waits[1]).toBeGreaterThan(0.7 * 32)
    expect(waits[2]).toBeGreaterThan(0.7 * 3600)
    expect(waits[2]).toBeLessThan(1.4 * 3600)
  })

  it('are given up after a day', async () => {
    const { chat, author, id, receiver, warnings } = scene
    await say(chat, author, id, 'yesterday')
    await scene.queue()
    const [old] = await scene.queued()
    await chat.db.query(`update webhook_deliveries set created_at = now() - interval '25 hours'`)
    scene.start()
    await say(chat, author, id, 'today')
    await scene.done()
    expect(texts(receiver)).toEqual(['today'])
    const fields = {
      target: receiver.url,
      webhook: old?.id,
      event: 'message.new',
      reason: 'not delivered in time',
    }
    expect(warnings).toEqual([{ fields, text: 'webhook dropped' }])
  })

  it('hold up nothing of other conversations', async () => {
    const { chat, author, id, receiver } = scene
    const another = await newPlace(chat, author)
    receiver.answer = ({ body }) => (body.includes('bad') ? 500 : 200)
    await say(chat, author, id, 'bad')
    await say(chat, author, another, 'good')
    scene.start({ backOff: () => 3600 })
    await vi.waitFor(() => expect(texts(receiver).sort()).toEqual(['bad', 'good']), { timeout: 10_000 })
    await vi.waitFor(async () => expect(await scene.queued()).toHaveLength(1))
  })

  it('are sent by the next process where one was stopped before it sent them', async () => {
    const { chat, author, id, receiver } = scene
    await say(chat, author, id, 'written')
    await scene.test.settled()
    await scene.start().stop()
    await say(chat, author, id, 'queued')
    await scene.queue()
    scene.start()
    await scene.done()
    expect(texts(receiver)).toEqual(['written', 'queued'])
  })

  it('are sent at once by the next process where one was stopped while it sent them', async () => {
    const { chat, author, id, receiver } = scene
    answer(null)
    const stopped = scene.start()
    await say(chat, author, id, 'hello')
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(1), { timeout: 10_000 })
    await stopped.stop()
    expect(await scene.queued()).toMatchObject([{ attempts: 0 }])
    scene.start()
    await scene.done()
    const [first, again] = sentTo(receiver)
    expect(receiver.calls).toHaveLength(2)
    expect(again).toEqual(first)
  })

  it('are repeated with their id where a process died before it could write down that they arrived', async () => {
    const { chat, author, id, receiver } = scene
    const dying: Database = {
      ...chat.db,
      query: (text: string, params?: readonly unknown[]) =>
        text.startsWith('delete from webhook_deliveries where id')
          ? Promise.reject(new Error('dead'))
          : chat.db.query(text, params),
    }
    const killed = scene.start({ db: dying })
    await say(chat, author, id, 'hello')
    await vi.waitFor(() => expect(scene.faults).toEqual([new Error('dead')]), { timeout: 10_000 })
    await killed.stop()
    scene.faults = []
    scene.start()
    expect(await scene.queued()).toHaveLength(1)
    await lapse()
    await scene.done()
    const [first, again] = sentTo(receiver)
    expect(receiver.calls).toHaveLength(2)
    expect(again).toEqual(first)
  })

  it('are sent once by two jobs that race', async () => {
    const { chat, author, id, receiver } = scene
    const jobs = [scene.start(), scene.start()]
    for (let n = 0; n < 20; n++) {
      await say(chat, author, id, `${n}`)
      for (const job of jobs) job.wake()
    }
    await scene.done()
    expect(texts(receiver).sort()).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`).sort())
  })

  it('wait for the database where it is away', async () => {
    const { chat, author, id, receiver } = scene
    let away = true
    const db: Database = {
      ...chat.db,
      transaction: (work) => (away ? Promise.reject(new Error('away')) : chat.db.transaction(work)),
    }
    await say(chat, author, id, 'hello')
    scene.start({ db })
    await vi.waitFor(() => expect(scene.faults).not.toEqual([]), { timeout: 10_000 })
    expect(receiver.calls).toEqual([])
    away = false
    await scene.done()
    expect(texts(receiver)).toEqual(['hello'])
    expect(scene.faults[0]).toEqual(new Error('away'))
    scene.faults = []
  })

  it('keep the log from being pruned until they are queued', async () => {
    const { chat, author, id, receiver } = scene
    await say(chat, author, id, 'hello')
    await scene.test.settled()
    const prune = async () => {
      await chat.db.query(`update events set created_at = now() - interval '2 days'`)
      await pruneEvents(chat.db, 24)
      return readLogState(chat.db)
    }
    const { head, pruned } = await prune()
    expect(pruned).toBeLessThan(head)
    scene.start()
    await scene.done()
    expect(texts(receiver)).toEqual(['hello'])
    expect((await prune()).pruned).toBe(head)
  })

  it('are forgotten with the address that is no longer told, and not queued where there is none', async () => {
    const { chat, author, id, receiver, other } = scene
    await say(chat, author, id, 'hello')
    await scene.queue([receiver.url, other.url])
    await switchWebhooks(chat.db, [receiver.url])
    expect(await scene.queued()).toHaveLength(1)
    await switchWebhooks(chat.db, [])
    await say(chat, author, id, 'nobody is told')
    await scene.queue([])
    await switchWebhooks(chat.db, [receiver.url])
    await say(chat, author, id, 'from now on')
    scene.start()
    await scene.done()
    expect(texts(receiver)).toEqual(['from now on'])
  })
})
