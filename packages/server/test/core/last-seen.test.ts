import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPresence } from '../../src/core/last-seen.ts'
import { getUser } from '../../src/core/users.ts'
import type { Database } from '../../src/db/database.ts'
import { newActor, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('who was seen', (database) => {
  let test: TestChat

  beforeAll(async () => {
    test = await openTestChat(database())
  })
  afterAll(() => test.close())

  /** The database, away until it is told to be back. */
  function awayAtFirst(): Database & { back: () => void } {
    const db = database()
    let away = true
    return {
      ...db,
      query: (text, params) => (away ? Promise.reject(new Error('away')) : db.query(text, params)),
      back: () => (away = false),
    }
  }

  it('is written down once the database is back, the last time of each', async () => {
    const db = awayAtFirst()
    const presence = createPresence(db)
    const [gone, here] = [await newActor(test.chat), await newActor(test.chat)]
    presence.seen(gone.userId)
    presence.seen(here.userId)
    const seen = presence.lastSeen(gone.userId)
    const failed = presence.save()
    presence.seen(here.userId)
    const seenAgain = presence.lastSeen(here.userId)
    await expect(failed).rejects.toThrow('away')
    db.back()
    await presence.save()
    expect((await getUser(test.chat, gone.userId)).lastSeenAt).toEqual(seen)
    expect((await getUser(test.chat, here.userId)).lastSeenAt).toEqual(seenAgain)
  })
})
