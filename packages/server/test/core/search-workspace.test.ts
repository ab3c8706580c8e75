import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { searchMessages } from '../../src/core/search.ts'
import type { Actor, Chat, ConversationId, MessageId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { join, leave, newColleague, newPlace, say } from './workspace-scene.ts'

eachStore('search in a workspace', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  /** Who is in a few conversations, and who is in more than are looked up one by one. */
  let readers: Actor[]
  const places = new Map<string, ConversationId>()

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    owner = await newColleague(chat)
    readers = [await newColleague(chat), await newColleague(chat)]
    for (let n = 0; n < 35; n++) await newPlace(chat, owner, { members: readers.slice(1) })
    const org = { kind: 'channel', visibility: 'org' } as const
    places.set('member', await newPlace(chat, owner, { members: readers }))
    places.set('former', await newPlace(chat, owner, { members: readers }))
    places.set('stranger', await newPlace(chat, owner))
    places.set('newcomer', await newPlace(chat, owner, { historyMode: 'since_join' }))
    places.set('org', await newPlace(chat, owner, org))
    places.set('left org', await newPlace(chat, owner, { ...org, members: readers }))
    places.set('org since', await newPlace(chat, owner, { ...org, historyMode: 'since_join' }))
    const rival = await newColleague(chat, 'rival')
    places.set('rival', await newPlace(chat, rival, org))
    authors.set('rival', rival)
    for (const reader of readers) {
      await join(chat, of('newcomer'), reader)
      await leave(chat, of('former'), reader)
      await leave(chat, of('left org'), reader)
    }
  })
  afterAll(() => test.close())

  const authors = new Map<string, Actor>()
  const authorOf = (name: string) => authors.get(name) ?? owner
  const of = (name: string) => places.get(name) ?? expect.fail(name)
  const inSight = new Set(['member', 'org', 'newcomer'])

  async function find(reader: Actor, text: string, where: string | null = null): Promise<MessageId[]> {
    const conversationId = where === null ? null : of(where)
    const found = await searchMessages(chat, reader, { text, conversationId, before: null, limit: 1000 })
    return found.map(({ id }) => id)
  }

  it.each([
    ['another form of a word', 'договоры подписаны', 'договор подписан'],
    ['another form of an English word', 'we are shipping', 'ship'],
    ['Chinese', '今天下午开会吗', '下午'],
    ['Japanese', '明日の会議', '会議'],
    ['a code', 'see tt0065242 for that', 'tt0065242'],
    ['part of a code', 'see AB-77/q1 for that', 'ab-77/Q'],
    ['an e-mail address', 'write to anna.petrova+x@mail.example.org', 'anna.petrova+x@mail.example.org'],
    ['part of an e-mail address', 'write to boris@post.example.org', 'boris@post'],
    ['a phrase', 'the quick brown fox', '"quick brown"'],
    ['one of two words', 'a zebra', 'unicorn or zebra'],
    ['what has letters of a pattern', '50%_off\\', '%_off\\'],
  ])('finds %s', async (_what, text, query) => {
    const { id } = await say(chat, owner, of('member'), text)
    for (const reader of readers) {
      expect(await find(reader, query)).toContain(id)
      expect(await find(reader, query, 'member')).toContain(id)
    }
  })

  it('finds the text that a message has now, and no deleted one', async () => {
    const { id } = await say(chat, owner, of('member'), 'quokka')
    await editMessage(chat, owner, id, 'wombat')
    for (const reader of readers) {
      expect(await find(reader, 'quokka')).toEqual([])
      expect(await find(reader, 'wombat')).toEqual([id])
    }
    await deleteMessage(chat, owner, id)
    for (const reader of readers) expect(await find(reader, 'wombat')).toEqual([])
  })

  it('looks into channels of the organisation that the reader has left where they are named only', async () => {
    const { id } = await say(chat, owner, of('left org'), 'platypus')
    for (const reader of readers) {
      expect(await find(reader, 'platypus')).toEqual([])
      expect(await find(reader, 'platypus', 'left org')).toEqual([id])
      await expect(find(reader, 'platypus', 'former')).rejects.toMatchObject({ code: 'forbidden' })
      await expect(find(reader, 'platypus', 'rival')).rejects.toMatchObject({ code: 'not_found' })
    }
  })

  it('forgets the channels of an organisation that the reader is no longer of', async () => {
    const mover = await newColleague(chat)
    await join(chat, of('org'), mover)
    const { id } = await say(chat, owner, of('org'), 'narwhal')
    expect(await find(mover, 'narwhal')).toEqual([id])
    await chat.db.query(`update users set org_id = 'rival' where id = $1`, [mover.userId])
    for (const reach of [{ org: 'acme' }, { org: 'rival' }, {}]) {
      expect(await find({ ...mover, reach }, 'narwhal')).toEqual([])
    }
  })

  // Words that no language bends, so that a plain filter knows what a search finds.
  const token = fc.constantFrom('qq1', 'qq12', 'ZZ7', 'zz77', '你好', '好', 'x9.y8', '0%0')
  const text = fc.array(token, { minLength: 1, maxLength: 3 }).map((tokens) => tokens.join(' '))
  const writing = fc.record({
    text,
    where: fc.constantFrom(
      'member',
      'former',
      'stranger',
      'newcomer',
      'org',
      'left org',
      'org since',
      'rival',
    ),
    fate: fc.constantFrom('stay', 'stay', 'stay', 'edit', 'delete'),
  })

  it('finds exactly what a plain filter over all that is in sight finds', async () => {
    const written: { id: MessageId; text: string; where: string; seen: boolean }[] = []
    await fc.assert(
      fc.asyncProperty(
        fc.array(writing, { maxLength: 12 }),
        fc.array(text, { maxLength: 4 }),
        async (batch, queries) => {
          for (const [n, { text, where, fate }] of batch.entries()) {
            const author = authorOf(where)
            const { id } = await say(chat, author, of(where), text)
            if (fate === 'delete') await deleteMessage(chat, author, id)
            const now = fate === 'edit' ? `ab${n}c` : text
            if (fate === 'edit') await editMessage(chat, author, id, now)
            if (fate !== 'delete') written.push({ id, text: now, where, seen: inSight.has(where) })
          }
          for (const query of queries) {
            const hits = written.filter((message) => message.seen && matches(message.text, query))
            const expected = hits.map(({ id }) => id).toSorted((a, b) => b - a)
            for (const reader of readers) expect(await find(reader, query)).toEqual(expected)
            const named = hits.filter(({ where }) => where === 'org').map(({ id }) => id)
            for (const reader of readers)
              expect(await find(reader, query, 'org')).toEqual(named.toSorted((a, b) => b - a))
          }
          // Whoever comes now sees nothing of what was written until now.
          for (const message of written) if (message.where === 'newcomer') message.seen = false
          for (const reader of readers) await rejoin(of('newcomer'), reader)
        },
      ),
      { numRuns: 25 },
    )
  })

  async function rejoin(id: ConversationId, reader: Actor): Promise<void> {
    await leave(chat, id, reader)
    await join(chat, id, reader)
  }

  function matches(text: string, query: string): boolean {
    const [own, asked] = [text.toLowerCase(), query.toLowerCase()]
    const words = new Set(own.split(' '))
    return own.includes(asked) || asked.split(' ').every((word) => words.has(word))
  }

  it('pages without repeating or skipping', async () => {
    for (let n = 0; n < 9; n++) await say(chat, owner, of(n % 2 ? 'org' : 'member'), `capybara ${n}`)
    for (const reader of readers) {
      const all = await find(reader, 'capybara')
      const seen: MessageId[] = []
      for (let more = true; more;) {
        const before = seen.at(-1) ?? null
        const page = await searchMessages(chat, reader, {
          text: 'capybara',
          conversationId: null,
          before,
          limit: 4,
        })
        seen.push(...page.map(({ id }) => id))
        more = page.length === 4
      }
      expect(seen).toEqual(all)
      expect(all).toHaveLength(9)
    }
  })
})
