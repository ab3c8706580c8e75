import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ChatError } from '../../src/core/errors.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { markRead } from '../../src/core/receipts.ts'
import { sendMessage, sendWithin } from '../../src/core/sending.ts'
import type { SendInput } from '../../src/core/drafts.ts'
import type { Actor, Chat, ConversationId, Message } from '../../src/core/types.ts'
import type { Queryable } from '../../src/db/database.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { archive, join, leave, newColleague, newPlace, say } from './workspace-scene.ts'

class Undone extends Error {}

eachStore('a send', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let people: Actor[]
  let places: ConversationId[]
  let spoken: Message[]

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = { ...test.chat, linksWritten: () => undefined }
    owner = await newColleague(chat)
    const [member, late, former, erased, moved] = [
      await newColleague(chat),
      await newColleague(chat),
      await newColleague(chat),
      await newColleague(chat),
      await newColleague(chat),
    ]
    people = [
      owner,
      member,
      late,
      former,
      erased,
      await newColleague(chat),
      await newColleague(chat, 'other'),
    ]
    people.push(
      { ...moved, reach: {} },
      { ...member, reach: { kinds: ['direct'] } },
      { ...member, reach: { subjectTypes: ['lot'] } },
    )
    await chat.db.query(`insert into subjects (type, id) values ('lot', '1')`)
    const members = [member, former, erased, moved]
    places = [
      await newPlace(chat, owner, { members }),
      await newPlace(chat, owner, { members, historyMode: 'since_join' }),
      await newPlace(chat, owner, { members, kind: 'direct' }),
      await newPlace(chat, owner, { members, kind: 'channel', visibility: 'org' }),
      await newPlace(chat, owner, { members }),
      await newPlace(chat, owner, { members }),
      2 ** 50,
    ]
    const [, , , , about = 0, closed = 0] = places
    await chat.db.query(`update conversations set subject_type = 'lot', subject_id = '1' where id = $1`, [
      about,
    ])
    spoken = []
    for (const id of places.slice(0, -1)) {
      spoken.push(await say(chat, owner, id, 'first'), await say(chat, member, id, 'second'))
      await join(chat, id, late)
      await leave(chat, id, former)
      spoken.push(await say(chat, owner, id, 'third'))
      const gone = await say(chat, owner, id, 'gone')
      spoken.push(gone)
      await deleteMessage(chat, owner, gone.id)
    }
    await archive(chat, closed)
    await chat.db.query('update users set erased_at = now() where id = $1', [erased.userId])
    await chat.db.query(`update users set org_id = 'other' where id = $1`, [moved.userId])
    await test.settled()
  })
  afterAll(() => test.close())

  /** The message of a place, deleted or not, or of the next place. */
  const answered = (place: number, n: number) => spoken[(place * 4 + n) % spoken.length]?.id ?? 0

  const input = fc.record(
    {
      text: fc.constantFrom('x', 'see https://host.example/1'),
      reply: fc.nat(4),
      clientKey: fc.constantFrom('a', 'b', 'c'),
      html: fc.constant('<b>x</b>'),
    },
    { requiredKeys: ['text'] },
  )
  // What may stand in its way, or be called for by it.
  const before = fc.option(
    fc.record({
      what: fc.constantFrom('hide', 'put away', 'read', 'rejoin'),
      who: fc.nat(2),
      place: fc.nat(5),
    }),
  )

  async function prepare({ what, who, place }: { what: string; who: number; place: number }) {
    const [id = 0, actor = owner] = [places[place], people[who]]
    const mine = [id, actor.userId]
    const put = (column: string) =>
      chat.db.query(`update members set ${column} = now() where conversation_id = $1 and user_id = $2`, mine)
    if (what === 'hide') await put('hidden_at')
    if (what === 'put away') await put('archived_at')
    if (what === 'read') await markRead(test.chat, actor, id).catch(() => 0)
    if (what === 'rejoin') {
      await leave(chat, id, actor)
      await join(chat, id, actor)
    }
  }

  /** What a conversation has come to, whenever it was and whichever ids there were. */
  async function stateOf(db: Queryable, id: ConversationId) {
    const [newest] = await db.query<{ message: object }>(
      `select to_jsonb(m) - '{id,created_at}'::text[] as message from messages m
       where conversation_id = $1 order by id desc limit 1`,
      [id],
    )
    const [conversation] = await db.query(
      'select message_seq, change_seq, archived_at from conversations where id = $1',
      [id],
    )
    const members = await db.query(
      `select user_id, left_at, read_seq, own_since_read, hidden_at, archived_at from members
       where conversation_id = $1 order by user_id`,
      [id],
    )
    const events = await db.query(
      `select change_seq, type, recipients, org_id, (select user_ids from audiences where id = audience_id),
         (payload #- '{message,id}') #- '{message,createdAt}' #- '{counts}' #- '{readAt}' as payload
       from events where conversation_id = $1 order by id desc limit 4`,
      [id],
    )
    const [jobs] = await db.query('select count(*) from link_preview_jobs')
    return { newest, conversation, members, events, jobs }
  }

  /** What was answered: of times and ids only whether they fit. */
  async function outcomeOf(sending: Promise<{ message: Message; created: boolean }>) {
    try {
      const { message, created } = await sending
      const { id, createdAt, ...said } = message
      return { said, created, first: created || { id, createdAt } }
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      return { code: error.code, field: error.field, message: error.message }
    }
  }

  async function comesToTheSame(person: number, place: number, { reply, ...said }: { reply?: number }) {
    const [actor = owner, id = 0] = [people[person], places[place]]
    const asked: SendInput = {
      ...{ conversationId: id, type: 'text', text: 'x', ...said },
      ...(reply !== undefined && { replyToId: answered(place, reply) }),
    }
    const looked = { outcome: {}, state: {} }
    const looking = chat.db.transaction(async (tx) => {
      looked.outcome = await outcomeOf(sendWithin(chat, tx, actor, asked))
      looked.state = await stateOf(tx, id)
      throw new Undone()
    })
    await expect(looking).rejects.toThrow(Undone)
    expect(await outcomeOf(sendMessage(chat, actor, asked))).toEqual(looked.outcome)
    await test.settled()
    expect(await stateOf(chat.db, id)).toEqual(looked.state)
  }

  it('comes to the same whether the database finds it plain or the core looks at it, whoever sends it where', async () => {
    for (const person of people.keys())
      for (const place of places.keys())
        for (const reply of [{}, ...(place < 2 ? [0, 1, 2, 3, 4].map((n) => ({ reply: n })) : [])])
          await comesToTheSame(person, place, reply)
  })

  it('comes to the same, whatever happened before it', async () => {
    const [person, place] = [fc.nat(9), fc.nat(6)]
    await fc.assert(
      fc.asyncProperty(person, place, input, before, async (who, where, said, earlier) => {
        if (earlier) await prepare(earlier)
        await test.settled()
        await comesToTheSame(who, where, said)
      }),
      { numRuns: 100 },
    )
  })

  it('concerns the organisation alone where a channel of a few was opened to it', async () => {
    const members = people.slice(1, 3)
    const id = await newPlace(chat, owner, { members })
    await say(chat, owner, id, 'to a few')
    await chat.db.query(`update conversations set visibility = 'org' where id = $1`, [id])
    const input = { conversationId: id, type: 'text', text: 'to all' } as const
    for (const actor of members) await sendMessage(chat, actor, input, { reads: true })
    const told = await chat.db.query(
      `select org_id, audience_id from events
       where conversation_id = $1 and change_seq is not null order by id desc limit 4`,
      [id],
    )
    expect(told).toEqual([1, 2, 3, 4].map(() => ({ org_id: 'acme', audience_id: null })))
  })

  it('waits for an erasure of its sender, and is refused', async () => {
    const [id = 0] = places
    const leaver = await newColleague(chat)
    await join(chat, id, leaver)
    await say(chat, owner, id, 'x')
    await test.settled()
    const held = Promise.withResolvers<undefined>()
    const erased = Promise.withResolvers<undefined>()
    const erasing = chat.db.transaction(async (tx) => {
      await tx.query('select from users where id = $1 for update', [leaver.userId])
      held.resolve(undefined)
      await erased.promise
      await tx.query('update users set erased_at = now() where id = $1', [leaver.userId])
    })
    await held.promise
    const sending = say(chat, leaver, id, 'too late').catch((error: unknown) => error)
    erased.resolve(undefined)
    await erasing
    expect(await sending).toMatchObject({ code: 'unauthenticated' })
  })

  it('comes to the same as a send and a reading where it reads', async () => {
    const three = people.slice(0, 3)
    const members = three.slice(1)
    const step = fc.record({ who: fc.nat(2), reads: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const [once, twice] = [
          await newPlace(chat, owner, { members }),
          await newPlace(chat, owner, { members }),
        ]
        for (const { who, reads } of steps) {
          const actor = three[who] ?? owner
          const said = { type: 'text', text: 'x' } as const
          await sendMessage(chat, actor, { ...said, conversationId: once }, { reads })
          const { message } = await sendMessage(chat, actor, { ...said, conversationId: twice })
          if (reads) await markRead(chat, actor, twice, message.id)
        }
        await test.settled()
        const [a, b] = [await stateOf(chat.db, once), await stateOf(chat.db, twice)]
        expect([a.conversation, a.members]).toEqual([b.conversation, b.members])
      }),
      { numRuns: 30 },
    )
  })

  it('goes there and back once, with a link, a key or an answer in it', async () => {
    const [id = 0] = places
    const { db, statements } = countStatements(chat.db)
    const [first] = spoken
    await prepare({ what: 'rejoin', who: 1, place: 0 })
    await test.settled()
    const inputs = [{}, { text: 'https://host.example' }, { clientKey: 'new' }, { replyToId: first?.id }]
    for (const one of inputs)
      await sendMessage({ ...chat, db }, owner, { conversationId: id, type: 'text', text: 'x', ...one })
    expect(statements()).toBe(2 * inputs.length)
  })
})
