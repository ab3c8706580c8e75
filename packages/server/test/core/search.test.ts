import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendMessage } from '../../src/core/sending.ts'
import { searchEverywhere, searchInConversation } from '../../src/core/search.ts'
import type { Actor, ConversationId } from '../../src/core/types.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('search', (database) => {
  let test: TestChat
  const ids = new Map<Actor, ConversationId[]>()
  let busy: Actor
  let quiet: Actor

  beforeAll(async () => {
    test = await openTestChat(database())
    // One is in more conversations than are looked up one by one, the other in a single one.
    busy = await newActor(test.chat)
    quiet = await newActor(test.chat)
    for (let i = 0; i < 105; i++)
      await converse(i === 7 ? quiet : await newActor(test.chat), `фара номер tt${i}`)
  })
  afterAll(() => test.close())

  async function converse(buyer: Actor, text: string): Promise<void> {
    const id = await newConversation(test.chat, buyer, busy)
    for (const actor of [buyer, busy]) ids.set(actor, [...(ids.get(actor) ?? []), id])
    await sendMessage(test.chat, buyer, { conversationId: id, type: 'text', text })
    await sendMessage(test.chat, busy, { conversationId: id, type: 'text', text: '100% 你好 в наличии' })
  }

  const find = async (actor: Actor, text: string) =>
    (await searchEverywhere(test.chat, actor, { text, before: null, limit: 200 })).map(
      ({ message }) => message.text,
    )

  it.each([
    ['another form of a word', 'фары', 105],
    ['a code', 'tt17', 1],
    ['part of a code', 't9', 11],
    ['two Chinese characters', '你好', 105],
    ['a character that means something in a pattern', '0%', 105],
    ['a pattern, taken by its letters', 'tt_7', 0],
    ['an excluded word', 'наличии -100', 0],
    ['nothing of the kind', 'бампер', 0],
  ])('finds %s for whoever is in many conversations', async (_what, text, hits) => {
    expect(await find(busy, text)).toHaveLength(hits)
  })

  it('finds only what the one who asks may read', async () => {
    expect(await find(quiet, 'фары')).toEqual(['фара номер tt7'])
    expect(await find(quiet, 'tt8')).toEqual([])
    const [own] = ids.get(quiet) ?? []
    const [first] = ids.get(busy) ?? []
    const query = { text: 'фары', before: null, limit: 10 }
    expect((await searchInConversation(test.chat, quiet, own ?? 0, query)).messages).toHaveLength(1)
    await expect(searchInConversation(test.chat, quiet, first ?? 0, query)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('pages from the newest to the oldest without repeating or skipping', async () => {
    const seen: number[] = []
    for (let before: number | null = null; ;) {
      const hits = await searchEverywhere(test.chat, busy, { text: 'фара', before, limit: 7 })
      seen.push(...hits.map(({ message }) => message.id))
      before = seen.at(-1) ?? 0
      if (hits.length < 7) break
    }
    expect(seen).toHaveLength(105)
    expect(seen).toEqual(seen.toSorted((a, b) => b - a))
  })
})
