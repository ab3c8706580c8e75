import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listConversations } from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { ChatError } from '../../src/core/errors.ts'
import { addMembers, leaveConversation, removeMember } from '../../src/core/members.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import type { SendInput } from '../../src/core/drafts.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, MessageId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { newColleague } from './workspace-scene.ts'

/** Who acts on whom or on which message, and what they do. */
const act = fc.record({
  who: fc.integer({ min: 0, max: 3 }),
  whom: fc.integer({ min: 0, max: 3 }),
  nth: fc.nat(),
  what: fc.constantFrom<What>(
    'send',
    'send',
    'name',
    'notice',
    'read',
    'readTo',
    'sendRead',
    'delete',
    'add',
    'remove',
    'leave',
  ),
})
type What =
  'send' | 'name' | 'notice' | 'read' | 'readTo' | 'sendRead' | 'delete' | 'add' | 'remove' | 'leave'
type Place = { visibility: 'private' | 'org'; historyMode: 'all' | 'since_join' }

const PLACES: Place[] = [
  { visibility: 'private', historyMode: 'all' },
  { visibility: 'private', historyMode: 'since_join' },
  { visibility: 'org', historyMode: 'all' },
]

eachStore('unread messages and mentions', (database) => {
  let test: TestChat
  let people: Actor[]

  beforeAll(async () => {
    test = await openTestChat(database())
    people = []
    for (let n = 0; n < 4; n++) people.push(await newColleague(test.chat))
  })
  afterAll(() => test.close())

  it.each(PLACES)('equal a recount after any sequence of acts: $visibility, $historyMode', async (place) => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const { perform, expectCounts } = await scene(test.chat, people, place)
        for (const one of acts) await perform(one)
        await expectCounts()
      }),
      { numRuns: 12 },
    )
  })

  it.each(PLACES)('and while everybody acts at once: $visibility, $historyMode', async (place) => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 50 }), async (acts) => {
        const { perform, expectCounts } = await scene(test.chat, people, place)
        await Promise.all(acts.map(perform))
        await expectCounts()
      }),
      { numRuns: 8 },
    )
  })
})

/** A channel of four; the first of them made it. */
async function scene(chat: Chat, people: Actor[], place: Place) {
  const input = {
    ...place,
    type: 'channel',
    name: 'x',
    memberIds: people.map(({ userId }) => userId),
  } as const
  const { overview } = await createConversation(chat, person(0), {
    ...input,
    memberIds: [...input.memberIds],
  })
  const conversationId = overview.conversation.id
  // The next messages are the last ones of one stretch of those that are counted together, and the first ones of another.
  await chat.db.query('update conversations set message_seq = 4090 where id = $1', [conversationId])
  await chat.db.query('update members set joined_seq = 4090, read_seq = 4090 where conversation_id = $1', [
    conversationId,
  ])
  // All have looked in, so that all count from the first message on.
  for (const actor of people) await listConversations(chat, actor, { limit: 1 })
  const sent: MessageId[] = []

  function person(n: number): Actor {
    return people[n] ?? expect.fail()
  }

  async function send(actor: Actor, input: Partial<SendInput> = {}, reads = false): Promise<void> {
    const message = { conversationId, type: 'text', text: 'x', ...input } as const
    sent.push((await sendMessage(chat, actor, message, { reads })).message.id)
  }

  function attempt(who: Actor, whom: Actor, what: What, message: MessageId): Promise<unknown> {
    switch (what) {
      case 'send':
        return send(who)
      case 'name':
        return send(who, { mentions: [whom.userId] })
      case 'notice':
        return send(who, { type: 'system' })
      case 'sendRead':
        return send(who, {}, true)
      case 'read':
        return markRead(chat, who, conversationId)
      case 'readTo':
        return markRead(chat, who, conversationId, message)
      case 'delete':
        return deleteMessage(chat, who, message)
      case 'add':
        return addMembers(chat, who, conversationId, [whom.userId])
      case 'remove':
        return removeMember(chat, who, conversationId, whom.userId)
      case 'leave':
        return leaveConversation(chat, who, conversationId)
    }
  }

  /** What is not allowed at the moment is refused, and changes nothing. */
  async function perform({ who, whom, what, nth }: typeof act extends fc.Arbitrary<infer T> ? T : never) {
    const message = sent[nth % sent.length] ?? 1
    await attempt(person(who), person(whom), what, message).catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error
    })
  }

  async function expectCounts(): Promise<void> {
    for (const actor of people) {
      const listed = await listConversations(chat, actor, { limit: 100 })
      const own = listed.find(({ conversation }) => conversation.id === conversationId)
      expect(own && { unread: own.unread, mentions: own.mentions }).toEqual(await recount(actor))
    }
  }

  async function recount({ userId }: Actor): Promise<{ unread: number; mentions: number } | undefined> {
    const [row] = await chat.db.query<{ unread: number; mentions: number }>(
      `select count(x.id) as unread, count(x.id) filter (where $2 = any(x.mentions)) as mentions
       from members m left join messages x on x.conversation_id = m.conversation_id
         and x.id > greatest(m.read_id, m.joined_id) and x.deleted_at is null and x.type <> 'system'
         and x.sender_id is distinct from m.user_id
       where m.conversation_id = $1 and m.user_id = $2 and m.left_at is null
       group by m.user_id`,
      [conversationId, userId],
    )
    return row
  }

  return { perform, expectCounts }
}
