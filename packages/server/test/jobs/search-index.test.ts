import { afterAll, beforeAll, expect, it } from 'vitest'
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
    const faults: unknown[] = []
    let works = false
    const query: Chat['db']['query'] = (...args) =>
      works ? chat.db.query(...args) : Promise.reject(new Error('gone for now'))
    const indexing = startSearchIndexing({ ...chat.db, query }, (error) => {
      faults.push(error)
      works = true
      indexing.written()
    })
    await write()
    indexing.written()
    await indexing.stop()
    expect(faults).toMatchObject([{ message: 'gone for now' }])
    expect(await pendingPages()).toBe(0)
  })
})
