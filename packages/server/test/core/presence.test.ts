import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ChatEvent } from '../../src/core/events.ts'
import { createAnnouncer } from '../../src/core/presence.ts'
import { eraseUser } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('presence', (database) => {
  let test: TestChat
  beforeAll(async () => (test = await openTestChat(database())))
  afterAll(() => test.close())

  /** Says what a companion hears when a user comes and goes like this. */
  async function heard(states: boolean[], before?: (userId: string) => Promise<unknown>) {
    const user = await newActor(test.chat)
    const companion = await newActor(test.chat)
    await newConversation(test.chat, user, companion)
    await test.settled()
    await before?.(user.userId)
    const events: ChatEvent[] = []
    const all = Promise.withResolvers<undefined>()
    const leave = test.hub.add({
      topics: [{ user: companion.userId }],
      deliver(event) {
        if (events.push(event) === states.length) all.resolve(undefined)
      },
    })
    const announce = createAnnouncer(test.chat, all.reject)
    for (const online of states) announce(user.userId, online)
    await all.promise
    leave()
    return events
  }

  it('is told in the order in which it changed', async () => {
    const states = Array.from({ length: 40 }, (_, i) => i % 2 === 0)
    expect(await heard(states)).toMatchObject(states.map((online) => ({ type: 'presence', online })))
  })

  it('of somebody who left says when; of somebody erased it does not', async () => {
    expect(await heard([false])).toMatchObject([{ online: false, lastSeenAt: expect.any(Date) as Date }])
    const erase = (userId: string) => eraseUser(test.chat, userId, 'keep')
    expect(await heard([false], erase)).toMatchObject([{ online: false, lastSeenAt: null }])
  })
})
