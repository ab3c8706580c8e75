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
  beforeAll(async () => {
    test = await openTestChat(database())
  })
  afterAll(() => test.close())

  function act(actor: Actor, conversationId: ConversationId, what: 'read' | 'write' | 'both') {
    if (what === 'read') return markRead(test.chat, actor, conversationId)
    const input = { conversationId, type: 'text', text: 'x' } as const
    return sendMessage(test.chat, actor, input, { reads: what === 'both' })
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
      fc.asyncProperty(steps, async (steps) => {
        const [one, other] = [await newColleague(chat), await newColleague(chat)]
        const places: ConversationId[] = []
        for (const kind of KINDS) places.push(await newPlace(chat, one, { kind, members: [other] }))
        const acts: Promise<unknown>[] = []
        for (const { who, where, what, isAwaited } of steps) {
          acts.push(act(who === 0 ? one : other, places[where] ?? 0, what))
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
      }),
      { numRuns: 40 },
    )
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
