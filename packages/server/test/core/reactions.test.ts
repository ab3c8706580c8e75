import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { addReaction, reactionsOf, removeReaction } from '../../src/core/reactions.ts'
import type { Actor, Chat, ConversationId, MessageId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { archive, eventsOf, newColleague, newPlace, say } from './workspace-scene.ts'

eachStore('reactions', (database) => {
  let test: TestChat
  let chat: Chat
  let people: Actor[]
  let owner: Actor
  let place: ConversationId
  let id: MessageId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    people = []
    for (let n = 0; n < 25; n++) people.push(await newColleague(chat))
    owner = people[0] ?? expect.fail()
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    place = await newPlace(chat, owner, { members: people.slice(1) })
    id = (await say(chat, owner, place, 'x')).id
  })

  const reactions = async (actor = owner) => (await reactionsOf(chat.db, actor, [id])).get(id) ?? []
  const toldOf = async () => (await eventsOf(test, place)).filter(({ type }) => type.startsWith('reaction.'))

  it('are added and removed once, and each change is told with the count it leads to', async () => {
    const second = people[1] ?? expect.fail()
    await addReaction(chat, owner, id, '👍')
    await addReaction(chat, owner, id, '👍')
    await addReaction(chat, second, id, '👍')
    await addReaction(chat, second, id, ':party_parrot:')
    expect(await reactions(second)).toEqual([
      { emoji: '👍', count: 2, userIds: [owner.userId, second.userId], mine: true },
      { emoji: ':party_parrot:', count: 1, userIds: [second.userId], mine: true },
    ])
    await removeReaction(chat, owner, id, '👍')
    await removeReaction(chat, owner, id, '👍')
    await removeReaction(chat, owner, id, 'never there')
    expect(await reactions()).toMatchObject([
      { emoji: '👍', count: 1, mine: false },
      { emoji: ':party_parrot:', count: 1, mine: false },
    ])
    expect(await toldOf()).toMatchObject([
      { type: 'reaction.added', emoji: '👍', userId: owner.userId, count: 1, changeSeq: 2 },
      { type: 'reaction.added', emoji: '👍', userId: second.userId, count: 2, changeSeq: 3 },
      { type: 'reaction.added', emoji: ':party_parrot:', count: 1, changeSeq: 4 },
      { type: 'reaction.removed', emoji: '👍', userId: owner.userId, count: 1, changeSeq: 5 },
    ])
  })

  it('name the first twenty of those who reacted', async () => {
    for (const person of people) await addReaction(chat, person, id, '🎉')
    const [reaction] = await reactions(people.at(-1))
    expect(reaction).toMatchObject({ count: 25, mine: true })
    expect(reaction?.userIds).toEqual(people.slice(0, 20).map(({ userId }) => userId))
  })

  it('are one when the same one is added 32 times at once', async () => {
    await Promise.all(Array.from({ length: 32 }, () => addReaction(chat, owner, id, '👍')))
    expect(await reactions()).toMatchObject([{ count: 1 }])
    expect(await toldOf()).toHaveLength(1)
  })

  it.each(['👩‍👩‍👧‍👦', 'да', 'x'.repeat(64), '👍'.repeat(64), ' '])('may be %j', async (emoji) => {
    await addReaction(chat, owner, id, emoji)
    expect(await reactions()).toMatchObject([{ emoji, count: 1 }])
  })

  it.each(['', 'x'.repeat(65), 'a\nb', '\u0000', '\u007f', '\ud83d'])('may not be %j', async (emoji) => {
    const refusal = { code: 'invalid', field: 'emoji' }
    await expect((async () => addReaction(chat, owner, id, emoji))()).rejects.toMatchObject(refusal)
    await expect((async () => removeReaction(chat, owner, id, emoji))()).rejects.toMatchObject(refusal)
  })

  it('are of fifty different kinds at most, also when all come at once', async () => {
    const added = await Promise.allSettled(
      Array.from({ length: 55 }, (_, n) => addReaction(chat, people[n % 25] ?? owner, id, `e${n}`)),
    )
    const refused = added.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(5)
    expect(refused[0]).toMatchObject({ reason: { code: 'conflict' } })
    const kinds = await reactions()
    expect(kinds).toHaveLength(50)
    for (const { emoji } of kinds.slice(0, 3)) await addReaction(chat, owner, id, emoji)
    expect(await reactions()).toHaveLength(50)
  })

  it('are refused where the message is deleted or the conversation archived', async () => {
    await addReaction(chat, owner, id, '👍')
    await archive(chat, place)
    await expect(addReaction(chat, owner, id, '👎')).rejects.toMatchObject({ code: 'conflict' })
    await expect(removeReaction(chat, owner, id, '👍')).rejects.toMatchObject({ code: 'conflict' })
    const open = await newPlace(chat, owner)
    const { id: gone } = await say(chat, owner, open, 'x')
    await deleteMessage(chat, owner, gone)
    await expect(addReaction(chat, owner, gone, '👍')).rejects.toMatchObject({ code: 'not_found' })
    await expect(removeReaction(chat, owner, gone, '👍')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('equal a recount, and the events applied, after any acts at once', async () => {
    const act = fc.record({
      add: fc.boolean(),
      who: fc.integer({ min: 0, max: 5 }),
      emoji: fc.constantFrom('a', 'b', 'c'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 25 }), async (acts) => {
        place = await newPlace(chat, owner, { members: people.slice(1, 6) })
        id = (await say(chat, owner, place, 'x')).id
        await Promise.all(
          acts.map(({ add, who, emoji }) =>
            (add ? addReaction : removeReaction)(chat, people[who] ?? owner, id, emoji),
          ),
        )
        const now = new Map((await reactions()).map(({ emoji, count }) => [emoji, count]))
        const told = new Map<string, number>()
        for (const event of await toldOf()) {
          if (event.type !== 'reaction.added' && event.type !== 'reaction.removed') continue
          told.set(event.emoji, event.count)
          if (event.count === 0) told.delete(event.emoji)
        }
        const rows = await chat.db.query<{ emoji: string }>(
          'select emoji from reactions where message_id = $1',
          [id],
        )
        const counted = new Map<string, number>()
        for (const { emoji } of rows) counted.set(emoji, (counted.get(emoji) ?? 0) + 1)
        expect(now).toEqual(counted)
        expect(told).toEqual(counted)
      }),
      { numRuns: 10 },
    )
  })
})
