import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDirect } from '../../src/core/direct.ts'
import type { Audience, ChatEvent, EphemeralEvent } from '../../src/core/events.ts'
import { createGroup } from '../../src/core/groups.ts'
import { createAnnouncer } from '../../src/core/presence.ts'
import { putSubject } from '../../src/core/subjects.ts'
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
        // What they share is of two, and about something.
        if (events.push(event) === states.length * 2) all.resolve(undefined)
      },
    })
    const announce = createAnnouncer(test.chat, all.reject)
    for (const online of states) announce(user.userId, online)
    await all.promise
    leave()
    const [pair, subject] = ['pair', 'subject'].map((sharing) =>
      events.filter((event) => event.type === 'presence' && event.sharing === sharing),
    )
    expect(subject).toEqual(pair?.map((event) => ({ ...event, sharing: 'subject' })))
    return pair
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

  it('is told those of conversations of two, and of conversations about something', async () => {
    const { chat } = test
    const [user, partner, buyer, colleague, member] = [
      await newActor(chat),
      await newActor(chat),
      await newActor(chat),
      await newActor(chat),
      await newActor(chat),
    ]
    await openDirect(chat, user, partner.userId)
    await newConversation(chat, buyer, user)
    await createGroup(chat, user, { memberIds: [colleague.userId] })
    const { overview } = await createGroup(chat, user, { memberIds: [buyer.userId, member.userId] })
    const about = { type: 'order', id: 'A-1' }
    await putSubject(chat, { ...about, title: null, url: null, ownerId: null, details: {} })
    await chat.db.query('update conversations set subject_type = $2, subject_id = $3 where id = $1', [
      overview.conversation.id,
      about.type,
      about.id,
    ])

    const told: Record<string, string[]> = {}
    await new Promise<void>((resolve, reject) => {
      const announce = createAnnouncer({ ...chat, publish }, reject)
      function publish(event: EphemeralEvent, audience: Audience) {
        if (event.type !== 'presence' || !Array.isArray(audience)) return
        told[event.sharing] = audience.toSorted()
        if (event.sharing === 'subject') resolve()
      }
      announce(user.userId, true)
    })
    expect(told).toEqual({
      pair: [partner.userId, buyer.userId],
      subject: [buyer.userId, member.userId],
    })
  })
})
