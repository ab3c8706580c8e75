import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { joinDialog, leaveDialog } from '../../src/core/dialog-members.ts'
import { listDialogs } from '../../src/core/dialogs.ts'
import { ChatError } from '../../src/core/errors.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, MessageId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { newDialogId, newUser, profile, scopes } from './dialogs-scene.ts'
import { say } from './workspace-scene.ts'

const WHATS = ['send', 'send', 'read', 'readTo', 'delete', 'join', 'leave'] as const
const act = fc.record({ who: fc.nat({ max: 2 }), nth: fc.nat(), what: fc.constantFrom(...WHATS) })
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

eachStore('unread messages of a dialog', (database) => {
  let test: TestChat
  let people: Actor[]

  beforeAll(async () => {
    test = await openTestChat(database())
    people = [await newUser(test.chat), await newUser(test.chat), await newUser(test.chat)]
  })
  afterAll(() => test.close())

  it('equal a recount after any sequence of acts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const { perform, expectCounts } = await scene(test.chat, people)
        for (const one of acts) await perform(one)
        await expectCounts()
      }),
      { numRuns: 15 },
    )
  })

  it('and while everybody acts at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 50 }), async (acts) => {
        const { perform, expectCounts } = await scene(test.chat, people)
        await Promise.all(acts.map(perform))
        await expectCounts()
      }),
      { numRuns: 10 },
    )
  })
})

async function scene(chat: Chat, people: Actor[]) {
  const id = await newDialogId(chat, { of: people.slice(0, 2), scopes: [scopes([])] })
  const sent: MessageId[] = []

  function attempt(actor: Actor, { what, nth }: Act): Promise<unknown> {
    const message = sent[nth % sent.length] ?? 1
    switch (what) {
      case 'send':
        return say(chat, actor, id, 'x').then((written) => sent.push(written.id))
      case 'read':
        return markRead(chat, actor, id)
      case 'readTo':
        return markRead(chat, actor, id, message)
      case 'delete':
        return deleteMessage(chat, actor, message, id)
      case 'join':
        return joinDialog(chat, actor, id, profile('x'), scopes([]))
      case 'leave':
        return leaveDialog(chat, actor, id)
    }
  }

  /** What is not allowed at the moment is refused, and changes nothing. */
  async function perform(one: Act): Promise<void> {
    await attempt(people[one.who] ?? expect.fail(), one).catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error
    })
  }

  async function expectCounts(): Promise<void> {
    for (const actor of people) {
      const query = { type: 'participating', scopes: null, limit: 1, offset: 0 } as const
      const [dialog] = await listDialogs(chat, actor, query)
      const own = dialog?.conversation.id === id ? dialog.own?.unread : undefined
      expect(own).toBe(await recount(actor))
    }
  }

  async function recount({ userId }: Actor): Promise<number | undefined> {
    const [row] = await chat.db.query<{ unread: number }>(
      `select (select count(*) from messages x
         where x.conversation_id = m.conversation_id and x.id > m.read_id and x.type <> 'system'
           and x.deleted_at is null and x.sender_id <> m.user_id) as unread
       from members m where conversation_id = $1 and user_id = $2 and left_at is null`,
      [id, userId],
    )
    return row?.unread
  }

  return { perform, expectCounts }
}
