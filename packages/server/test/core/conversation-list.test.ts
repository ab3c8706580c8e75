import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listConversations, updateConversation } from '../../src/core/conversations.ts'
import type { ListPlace } from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { newColleague, say } from './workspace-scene.ts'

eachStore('the list of conversations', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor
  let ids: ConversationId[]

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    anna = await newColleague(chat)
    boris = await newColleague(chat)
    ids = []
    for (let n = 0; n < 12; n++) ids.push(await begin(n % 3 === 0 ? 'org' : 'private'))
  })
  afterAll(() => test.close())

  async function begin(visibility: 'org' | 'private'): Promise<ConversationId> {
    const input = { type: 'channel', historyMode: 'all', name: 'x', visibility } as const
    const { overview } = await createConversation(chat, boris, { ...input, memberIds: [anna.userId] })
    return overview.conversation.id
  }

  /** All pages, with something happening after each. */
  async function pages(
    limit: number,
    between: (page: number) => Promise<unknown>,
  ): Promise<ConversationId[]> {
    const seen: ConversationId[] = []
    for (let before: ListPlace | undefined, page = 0; ; page++) {
      const rows = await listConversations(chat, anna, { limit, before })
      seen.push(...rows.map(({ conversation }) => conversation.id))
      before = rows.at(-1)?.place
      if (rows.length < limit) return seen
      await between(page)
    }
  }

  it('has the most recently active first, whatever else happens to a conversation', async () => {
    const [quiet = 0, busy = 0] = ids
    await say(chat, boris, busy, 'x')
    await updateConversation(chat, boris, quiet, { name: 'renamed' })
    await markRead(chat, anna, quiet)
    expect((await pages(100, () => Promise.resolve()))[0]).toBe(busy)
  })

  it('is paged without repeating or skipping one, wherever people write meanwhile', async () => {
    const written = fc.array(fc.array(fc.nat({ max: 11 }), { maxLength: 6 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), written, async (limit, bursts) => {
        const before = await pages(100, () => Promise.resolve())
        const seen = await pages(limit, async (page) => {
          for (const n of bursts[page] ?? []) await say(chat, boris, ids[n] ?? 0, 'x')
        })
        expect(seen).toEqual(before)
      }),
      { numRuns: 15 },
    )
  })

  it('has in it, for later pages, nothing that has only just begun', async () => {
    const before = await pages(100, () => Promise.resolve())
    expect(await pages(4, () => begin('org'))).toEqual(before)
    expect(await pages(100, () => Promise.resolve())).toHaveLength(before.length + 3)
  })

  it('may be of what is unread alone', async () => {
    const unread = async () => {
      const rows = await listConversations(chat, anna, { filter: 'unread', limit: 100 })
      return rows.map(({ conversation }) => conversation.id)
    }
    for (const id of ids) await markRead(chat, anna, id)
    expect(await unread()).toEqual([])
    const [first = 0, second = 0] = ids
    await say(chat, boris, first, 'x')
    await say(chat, boris, second, 'x')
    await say(chat, anna, ids[2] ?? 0, 'mine')
    expect(await unread()).toEqual([second, first])
  })
})
