import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { LoggedEvent } from '../../src/core/events.ts'
import { markRead } from '../../src/core/receipts.ts'
import { sendMessage } from '../../src/core/sending.ts'
import type { Actor, ConversationId, Message, UserId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { newColleague, newPlace } from './workspace-scene.ts'

const KINDS = ['group', 'direct', 'group', 'direct'] as const

eachStore('the log of those who read as they write', (database) => {
  let test: TestChat
  /** Hears of all that by reading the log. */
  let other: TestChat
  beforeAll(async () => {
    test = await openTestChat(database())
    other = await openTestChat(database())
  })
  afterAll(async () => {
    await other.close()
    await test.close()
  })

  function act(actor: Actor, conversationId: ConversationId, what: 'read' | 'write' | 'both') {
    if (what === 'read') return markRead(test.chat, actor, conversationId)
    const input = { conversationId, type: 'text', text: 'x' } as const
    return sendMessage(test.chat, actor, input, { reads: what === 'both' })
  }

  const expectOwnToBeRight = async (places: ConversationId[]) => {
    const wrong = await test.chat.db.query(
      `select user_id from members m where conversation_id = any($1) and own_since_read <> (
         select count(*) from messages x
         where x.conversation_id = m.conversation_id and x.sender_id = m.user_id and x.id > m.read_id)`,
      [places],
    )
    expect(wrong).toEqual([])
  }

  /** What is not awaited goes together with what comes next. */
  const step = fc.record({
    who: fc.nat(1),
    where: fc.nat(KINDS.length - 1),
    what: fc.constantFrom('read', 'write', 'both'),
    isAwaited: fc.boolean(),
  })
  const steps = fc.array(step, { minLength: 1, maxLength: 30 })

  it('has each change in its order, and each count as it is at its place', async () => {
    const { chat } = test
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const [anna, boris] = [await newColleague(chat), await newColleague(chat)]
        const places: ConversationId[] = []
        for (const kind of KINDS) places.push(await newPlace(chat, anna, { kind, members: [boris] }))
        const acts: Promise<unknown>[] = []
        for (const { who, where, what, isAwaited } of taken) {
          acts.push(act(who === 0 ? anna : boris, places[where] ?? 0, what))
          if (isAwaited) await acts.at(-1)
        }
        await Promise.all(acts)
        await test.settled()
        const log = test.delivered.flatMap(({ event }) =>
          'position' in event && places.includes(event.conversationId ?? 0) ? [event] : [],
        )
        for (const id of places) {
          const changes = log.flatMap(({ conversationId, changeSeq }) =>
            conversationId === id ? (changeSeq ?? []) : [],
          )
          expect(changes).toEqual(changes.map((_, n) => n + 1))
        }
        expectCountsToBeRight(log)
        await expectOwnToBeRight(places)
      }),
      { numRuns: 40 },
    )
    await other.settled()
    expect(other.delivered).toEqual(test.delivered)
  })
})

/** By the messages and readings before each of them. */
function expectCountsToBeRight(log: LoggedEvent[]): void {
  const messages: (Message & Pick<LoggedEvent, 'kind'>)[] = []
  const readIds = new Map<string, number>()
  const unreadOf = (userId: UserId, among: Message[]) =>
    among.filter(
      ({ id, conversationId, senderId }) =>
        senderId !== userId && id > (readIds.get(`${userId} ${conversationId}`) ?? 0),
    ).length
  for (const event of log) {
    const { conversationId, kind } = event
    if (event.type === 'message.created') messages.push({ ...event.message, kind })
    if (event.type === 'message.read') readIds.set(`${event.userId} ${conversationId}`, event.messageId)
    if (event.type !== 'unread.changed') continue
    const here = messages.filter((message) => message.conversationId === conversationId)
    const unread = unreadOf(event.userId, here)
    const alike = kind === 'direct' ? messages.filter((message) => message.kind === kind) : here
    const total = unreadOf(event.userId, alike)
    expect(event.counts).toEqual({ unread, mentions: 0, total })
  }
}
