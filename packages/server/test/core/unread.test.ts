import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hideConversation, listConversations, totalUnread } from '../../src/core/conversations.ts'
import { openAboutSubject } from '../../src/core/creation.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { markDelivered, markRead } from '../../src/core/receipts.ts'
import type { Actor, ConversationId, UserId } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('unread counts', (database) => {
  let test: TestChat
  beforeAll(async () => (test = await openTestChat(database())))
  afterAll(() => test.close())

  const act = fc.record({
    who: fc.integer({ min: 0, max: 2 }),
    where: fc.integer({ min: 0, max: 1 }),
    what: fc.constantFrom('send', 'send', 'send', 'read', 'deliver', 'hide', 'reopen'),
  })

  it('equal a recount after any sequence of acts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
        const people = await scene(test)
        for (const { who, where, what } of acts) await people.act(who, where, what)
        await people.expectCountsToBeRight()
      }),
      { numRuns: 15 },
    )
  })

  it('stay right, in the log too, while everybody acts at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 60 }), async (acts) => {
        const people = await scene(test)
        const before = test.delivered.length
        await Promise.all(acts.map(({ who, where, what }) => people.act(who, where, what)))
        await people.expectCountsToBeRight()
        await test.settled()
        await people.expectBadgesToBeRight(test.delivered.slice(before))
      }),
      { numRuns: 15 },
    )
  })

  it('fall when an erased user takes the messages along', async () => {
    const people = await scene(test)
    const before = test.delivered.length
    for (let i = 0; i < 3; i++) await people.act(1, 0, 'send')
    await people.act(2, 1, 'send')
    const [seller, buyer] = people.actors
    expect(await totalUnread(test.chat, seller)).toBe(4)
    await eraseUser(test.chat, buyer.userId, 'delete')
    expect(await totalUnread(test.chat, seller)).toBe(1)
    await test.settled()
    await people.expectBadgesToBeRight(test.delivered.slice(before))
  })
})

/** A seller with two conversations, one with each of two buyers. */
async function scene({ chat }: TestChat) {
  const seller = await newActor(chat)
  const buyers = [await newActor(chat), await newActor(chat)] as const
  const actors = [seller, ...buyers] as const
  const ids = [
    await newConversation(chat, buyers[0], seller),
    await newConversation(chat, buyers[1], seller),
  ] as const

  async function act(who: number, where: number, what: string): Promise<void> {
    const id = ids[where === 0 ? 0 : 1]
    const actor = who === 0 ? seller : buyers[where === 0 ? 0 : 1]
    switch (what) {
      case 'send':
        await sendMessage(chat, actor, { conversationId: id, type: 'text', text: 'x' })
        return
      case 'read':
        await markRead(chat, actor, id)
        return
      case 'deliver':
        return markDelivered(chat, actor, { conversationId: id, lastMessageId: Number.MAX_SAFE_INTEGER })
      case 'hide':
        return hideConversation(chat, actor, id)
      case 'reopen':
        return reopen(id, buyers[where === 0 ? 0 : 1])
    }
  }

  async function reopen(id: ConversationId, buyer: Actor): Promise<void> {
    const [row] = await chat.db.query<{ id: string }>(
      'select subject_id as id from conversations where id = $1',
      [id],
    )
    await openAboutSubject(chat, buyer, { type: 'product', id: row?.id ?? '' })
  }

  async function expectCountsToBeRight(): Promise<void> {
    for (const actor of actors) {
      const listed = await listConversations(chat, actor, { limit: 100 })
      const counted = await Promise.all(
        listed.map(({ conversation }) => recount(conversation.id, actor.userId)),
      )
      expect(listed.map(({ unread }) => unread)).toEqual(counted)
      expect(await totalUnread(chat, actor)).toBe(counted.reduce((sum, n) => sum + n, 0))
    }
  }

  async function recount(id: ConversationId, userId: UserId): Promise<number> {
    const [row] = await chat.db.query<{ n: number }>(
      `select count(*) as n from messages x join members m using (conversation_id)
       where conversation_id = $1 and m.user_id = $2 and x.id > m.read_id and x.deleted_at is null
         and x.type <> 'system' and x.sender_id is distinct from m.user_id`,
      [id, userId],
    )
    return row?.n ?? -1
  }

  /** A badge kept by the rules of a client: one more for a foreign message, the total when it is told. */
  async function expectBadgesToBeRight(delivered: TestChat['delivered']): Promise<void> {
    for (const actor of actors) {
      let badge = 0
      for (const { event, audience } of delivered) {
        if (!Array.isArray(audience) || !audience.includes(actor.userId)) continue
        if (event.type === 'message.created' && event.message.senderId !== actor.userId) badge++
        if (event.type === 'unread.changed') badge = event.counts?.total ?? -1
      }
      expect(badge).toBe(await totalUnread(chat, actor))
    }
  }

  return { actors, act, expectCountsToBeRight, expectBadgesToBeRight }
}
