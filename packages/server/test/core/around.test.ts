import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { listMessages } from '../../src/core/messages.ts'
import type { PageQuery } from '../../src/core/messages.ts'
import type { Actor, Chat, ConversationId, Message, MessageId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { join, newColleague, newPlace, say } from './workspace-scene.ts'

const idsOf = (messages: Message[]) => messages.map(({ id }) => id)

eachStore('pages of a conversation', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let newcomer: Actor
  let id: ConversationId
  let all: MessageId[]
  let sinceJoin: MessageId[]
  const deleted = new Set<MessageId>()

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    ;[owner, newcomer] = [await newColleague(chat), await newColleague(chat)]
    id = await newPlace(chat, owner, { historyMode: 'since_join' })
    all = []
    for (let n = 0; n < 24; n++) {
      if (n === 9) await join(chat, id, newcomer)
      all.push((await say(chat, owner, id, String(n))).id)
    }
    sinceJoin = all.slice(9)
    for (const n of [0, 5, 9, 12, 13, 14, 23]) {
      deleted.add(all[n] ?? 0)
      await deleteMessage(chat, owner, all[n] ?? 0)
    }
  })
  afterAll(() => test.close())

  /** What a page should hold, out of a list of everything that may be seen. */
  function expected(visible: MessageId[], { before, after, around, limit }: PageQuery) {
    const pivot = around ?? before ?? (after ?? Infinity) + 1
    const older = visible.filter((seen) => seen < pivot).reverse()
    const newer = visible.filter((seen) => seen >= pivot)
    const half = Math.floor(limit / 2)
    let ids = older.slice(0, limit).reverse()
    if (after !== undefined) ids = newer.slice(0, limit)
    if (around !== undefined) ids = [...older.slice(0, half).reverse(), ...newer.slice(0, limit - half)]
    const [first = pivot, last = pivot - 1] = [ids[0], ids.at(-1)]
    return {
      ids,
      hasBefore: visible.some((seen) => seen < first),
      hasAfter: visible.some((seen) => seen > last),
    }
  }

  const query = fc.record({
    side: fc.constantFrom('newest', 'before', 'after', 'around'),
    place: fc.nat(23),
    limit: fc.integer({ min: 1, max: 30 }),
    tombstones: fc.boolean(),
    asNewcomer: fc.boolean(),
  })

  it('hold what a list of everything that may be seen has at their place', async () => {
    await fc.assert(
      fc.asyncProperty(query, async ({ side, place, limit, tombstones, asNewcomer }) => {
        const at = side === 'newest' ? {} : { [side]: all[place] }
        const seen = asNewcomer ? sinceJoin : all
        const visible = tombstones ? seen : seen.filter((message) => !deleted.has(message))
        const asked = { ...at, limit, deleted: tombstones }
        const reading = listMessages(chat, asNewcomer ? newcomer : owner, id, asked)
        if (side !== 'newest' && !seen.includes(all[place] ?? 0)) {
          await expect(reading).rejects.toMatchObject({ code: 'invalid', field: side })
          return
        }
        const { messages, hasBefore, hasAfter } = await reading
        expect({ ids: idsOf(messages), hasBefore, hasAfter }).toEqual(expected(visible, asked))
      }),
      { numRuns: 150 },
    )
  })

  it.each(['before', 'after', 'around'])('begin at no message of another conversation: %s', async (side) => {
    const elsewhere = await say(chat, owner, await newPlace(chat, owner), 'x')
    for (const place of [elsewhere.id, elsewhere.id + 1]) {
      const reading = listMessages(chat, owner, id, { [side]: place, limit: 5 })
      await expect(reading).rejects.toMatchObject({ code: 'invalid', field: side })
    }
  })

  it('show of a deleted message that there was one, where that is asked for', async () => {
    const [first] = all
    const { messages } = await listMessages(chat, owner, id, { around: first, limit: 1, deleted: true })
    expect(messages).toMatchObject([{ id: first, text: null, attachments: [], mentions: [] }])
    expect(messages[0]?.deletedAt).toBeInstanceOf(Date)
    expect(idsOf((await listMessages(chat, owner, id, { around: first, limit: 1 })).messages)).toEqual([
      all[1],
    ])
  })

  it('tile it exactly, whatever is written and deleted meanwhile', async () => {
    const step = fc.record({
      limit: fc.integer({ min: 1, max: 5 }),
      write: fc.integer({ min: 0, max: 2 }),
      remove: fc.option(fc.nat(), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), fc.nat(11), async (steps, middle) => {
        const here = await newPlace(chat, owner)
        const written: MessageId[] = []
        for (let n = 0; n < 12; n++) written.push((await say(chat, owner, here, String(n))).id)
        let turn = 0
        async function read(at: Omit<PageQuery, 'limit'>) {
          const { limit, write, remove } = steps[turn++ % steps.length] ?? expect.fail()
          const page = await listMessages(chat, owner, here, { ...at, limit, deleted: true })
          if (turn < 20) for (let n = 0; n < write; n++) written.push((await say(chat, owner, here, '+')).id)
          if (remove !== undefined) await deleteMessage(chat, owner, written[remove % written.length] ?? 0)
          return page
        }
        const start = await read({ around: written[middle] })
        const seen = idsOf(start.messages)
        for (let more = start.hasBefore; more;) {
          const page = await read({ before: seen[0] })
          seen.unshift(...idsOf(page.messages))
          more = page.hasBefore
        }
        for (let more = true; more;) {
          const known = written.length
          const page = await read({ after: seen.at(-1) })
          seen.push(...idsOf(page.messages))
          more = page.hasAfter || written.length > known
        }
        expect(seen).toEqual(written)
      }),
      { numRuns: 8 },
    )
  })
})
