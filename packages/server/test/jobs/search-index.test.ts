import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Chat } from '../../src/core/types.ts'
import { startSearchIndexing } from '../../src/jobs/search-index.ts'
import { newColleague, newPlace, say } from '../core/workspace-scene.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('what was written', (database) => {
  let test: TestChat
  let chat: Chat

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
  })
  afterAll(() => test.close())

  const write = async () => {
    const anna = await newColleague(chat)
    await say(chat, anna, await newPlace(chat, anna), 'Здравствуйте!')
  }

  /** Puts in what is pending; how many pages that took. */
  async function pendingPages(): Promise<number> {
    const [row] = await chat.db.query<{ pages: number }>(
      `select gin_clean_pending_list('messages_search') as pages`,
    )
    return row?.pages ?? NaN
  }

  it('waits beside the search index, and is in it once the job has seen to it', async () => {
    await write()
    expect(await pendingPages()).toBe(1)

    const indexing = startSearchIndexing(chat.db, (error) => expect.fail(String(error)))
    await write()
    indexing.written()
    await indexing.stop()
    expect(await pendingPages()).toBe(0)
  })

  it('is tried again with what is written next, where the database failed', async () => {
    const failed = Promise.withResolvers<unknown>()
    const answered = Promise.withResolvers<true>()
    let works = false
    const query: Chat['db']['query'] = async <Row>(...args: Parameters<Chat['db']['query']>) => {
      if (works) return chat.db.query<Row>(...args).finally(() => answered.resolve(true))
      works = true
      throw new Error('gone for now')
    }
    const indexing = startSearchIndexing({ ...chat.db, query }, failed.resolve)
    await write()
    indexing.written()
    expect(await failed.promise).toMatchObject({ message: 'gone for now' })
    indexing.written()
    await answered.promise
    expect(await pendingPages()).toBe(0)
    await indexing.stop()
  })
})

describe('a search index that this role may not touch', () => {
  /** Something is written after each attempt but the last of so many. */
  function startRefused(attempts: number) {
    const refused: number[] = []
    const refuse = () => {
      refused.push(performance.now())
      return Promise.reject(new Error('must be owner of index messages_search'))
    }
    const indexing = startSearchIndexing({ query: refuse, execute: refuse }, () => {
      if (refused.length < attempts) indexing.written()
    })
    indexing.written()
    return { indexing, refused }
  }

  it('is tried less and less often, however much is written', async () => {
    const { indexing, refused } = startRefused(4)
    await expect.poll(() => refused.length, { timeout: 10_000 }).toBe(4)
    await indexing.stop()
    const [first = 0, , , fourth = 0] = refused
    // Three times 200 ms without growing pauses, of at least 50, 100 and 200 ms, between them.
    expect(fourth - first).toBeGreaterThan(900)
  })

  it('is not tried any more after the end', async () => {
    const { indexing, refused } = startRefused(1)
    await indexing.stop()
    expect(refused).toHaveLength(1)
    indexing.written()
    await setImmediate()
    expect(refused).toHaveLength(1)
  })
})
