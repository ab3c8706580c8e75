import { afterAll, beforeAll, expect, it } from 'vitest'
import { leaveDialog } from '../../src/core/dialog-members.ts'
import { openDirect } from '../../src/core/direct.ts'
import type { Audience, ChatEvent, EphemeralEvent } from '../../src/core/events.ts'
import { createGroup } from '../../src/core/groups.ts'
import { createAnnouncer } from '../../src/core/presence.ts'
import { putSubject } from '../../src/core/subjects.ts'
import { eraseUser } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { newDialogId, newUser } from './dialogs-scene.ts'

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
    const faults: unknown[] = []
    const leave = test.hub.add({
      topics: [{ user: companion.userId }],
      deliver: (event) => events.push(event),
    })
    const { announce, settled } = createAnnouncer(test.chat, (fault) => faults.push(fault))
    for (const online of states) announce(user.userId, online)
    await settled()
    leave()
    expect(faults).toEqual([])
    // What they share is of two, and about something.
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

  it('of a crowd that leaves at once costs a few statements', async () => {
    const { db, statements } = countStatements(test.chat.db)
    const crowd = Array.from({ length: 1000 }, (_, n) => `one of many ${n}`)
    const gone: string[] = []
    const publish = (event: EphemeralEvent) => event.type === 'presence' && gone.push(event.userId)
    const { announce, settled } = createAnnouncer({ ...test.chat, db, publish }, (fault) =>
      expect.unreachable(String(fault)),
    )
    for (const userId of crowd) announce(userId, false)
    await settled()
    expect(gone).toEqual(crowd.flatMap((userId) => [userId, userId]))
    expect(statements()).toBeLessThan(20)
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
    const faults: unknown[] = []
    function publish(event: EphemeralEvent, audience: Audience) {
      if (event.type === 'presence' && Array.isArray(audience)) told[event.sharing] = audience.toSorted()
    }
    const { announce, settled } = createAnnouncer({ ...chat, publish }, (fault) => faults.push(fault))
    announce(user.userId, true)
    await settled()
    expect(faults).toEqual([])
    expect(told).toEqual({
      pair: [partner.userId, buyer.userId],
      subject: [buyer.userId, member.userId],
    })
  })

  it('of several who leave at once is told each one’s own companions, whatever they share', async () => {
    const { chat } = test
    const [anna, boris, clara, dina, egor] = [
      await newUser(chat),
      await newUser(chat),
      await newUser(chat),
      await newUser(chat),
      await newUser(chat),
    ]
    await openDirect(chat, anna, boris.userId)
    await newDialogId(chat, { of: [anna, boris, clara] })
    await newDialogId(chat, { of: [boris, clara, dina] })
    await leaveDialog(chat, egor, await newDialogId(chat, { of: [anna, egor] }))

    const names = Object.entries({ anna, boris, clara, dina, egor })
    const nameOf = (id: string) => names.find(([, { userId }]) => userId === id)?.[0]
    const told: unknown[] = []
    const faults: unknown[] = []
    function publish(event: EphemeralEvent, audience: Audience) {
      if (event.type === 'presence' && Array.isArray(audience))
        told.push([nameOf(event.userId), event.sharing, audience.map(nameOf).toSorted()])
    }
    const { announce, settled } = createAnnouncer({ ...chat, publish }, (fault) => faults.push(fault))
    for (const { userId } of [anna, boris, clara, egor]) announce(userId, false)
    await settled()
    expect(faults).toEqual([])
    expect(told).toEqual([
      ['anna', 'pair', ['boris']],
      ['anna', 'subject', ['boris', 'clara']],
      ['boris', 'pair', ['anna']],
      ['boris', 'subject', ['anna', 'clara', 'dina']],
      ['clara', 'pair', []],
      ['clara', 'subject', ['anna', 'boris', 'dina']],
      ['egor', 'pair', []],
      ['egor', 'subject', []],
    ])
  })
})
