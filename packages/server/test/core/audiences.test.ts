import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import fc from 'fast-check'
import { sendMessage } from '../../src/core/sending.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { pruneEvents } from '../../src/db/events.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { join, leave, newColleague, newPlace } from './workspace-scene.ts'

eachStore('who hears of what happens in a private conversation', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let others: Actor[]
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    owner = await newColleague(chat)
    others = await Promise.all([1, 2, 3].map(() => newColleague(chat)))
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    id = await newPlace(chat, owner)
  })

  const send = () => sendMessage(chat, owner, { conversationId: id, type: 'text', text: 'x' })
  const audiences = () =>
    chat.db.query<{ isCurrent: boolean }>(
      'select ended_at is null as "isCurrent" from audiences where conversation_id = $1 order by id',
      [id],
    )

  async function hearers(): Promise<string[]> {
    const { message } = await send()
    await test.settled()
    const told = test.delivered.find(
      ({ event }) => event.type === 'message.created' && event.message.id === message.id,
    )
    return Array.isArray(told?.audience) ? told.audience.toSorted() : []
  }

  it('are its present members, whoever comes and goes', async () => {
    const step = fc.record({ who: fc.nat(2), comes: fc.boolean(), isTold: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        id = await newPlace(chat, owner)
        const present = new Set([owner.userId])
        for (const { who, comes, isTold } of steps) {
          const other = others[who] ?? owner
          if (comes) await join(chat, id, other)
          else await leave(chat, id, other)
          present[comes ? 'add' : 'delete'](other.userId)
          if (isTold) expect(await hearers()).toEqual([...present].sort())
        }
        expect(await hearers()).toEqual([...present].sort())
      }),
      { numRuns: 15 },
    )
  })

  it('are written down once, until somebody comes or goes', async () => {
    await Promise.all([send(), send(), send()])
    await send()
    expect(await audiences()).toEqual([{ isCurrent: true }])
    await join(chat, id, others[0] ?? owner)
    expect(await audiences()).toEqual([{ isCurrent: false }])
    await send()
    expect(await audiences()).toEqual([{ isCurrent: false }, { isCurrent: true }])
  })

  it('are forgotten once no event concerns those who were there, and not before', async () => {
    await send()
    await join(chat, id, others[0] ?? owner)
    await send()
    await test.settled()
    await chat.db.query(
      `update audiences set ended_at = now() - interval '30 hours' where ended_at is not null`,
    )
    await chat.db.query(`update events set created_at = now() - interval '40 hours'`)
    await pruneEvents(chat.db, 48)
    expect(await audiences()).toEqual([{ isCurrent: false }, { isCurrent: true }])
    await pruneEvents(chat.db, 24)
    expect(await audiences()).toEqual([{ isCurrent: true }])
  })
})
