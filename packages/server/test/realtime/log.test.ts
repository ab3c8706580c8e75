import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendMessage } from '../../src/core/sending.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, ConversationId } from '../../src/core/types.ts'
import { eventsAfter, numberEvents, pruneEvents, readLogState } from '../../src/db/events.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

const WRITERS = 32
const EACH = 40

eachStore('the event log', (database) => {
  let test: TestChat
  let seller: Actor
  let conversations: { buyer: Actor; id: ConversationId }[]

  beforeAll(async () => {
    test = await openTestChat(database())
    seller = await newActor(test.chat)
    conversations = []
    for (let i = 0; i < 4; i++) {
      const buyer = await newActor(test.chat)
      conversations.push({ buyer, id: await newConversation(test.chat, buyer, seller) })
    }
  })
  afterAll(() => test.close())

  const send = (writer: number, n: number) => {
    const conversation = conversations[writer % conversations.length]
    if (!conversation) throw new Error('no conversation')
    return sendMessage(test.chat, writer % 2 ? conversation.buyer : seller, {
      conversationId: conversation.id,
      type: 'text',
      text: `${writer}/${n}`,
    })
  }

  it('loses nothing, repeats nothing and keeps the order of each conversation under 32 writers', async () => {
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = 0; n < EACH; n++) {
        await send(writer, n)
        if (n % 7 === 0) await markRead(test.chat, seller, conversations[writer % 4]?.id ?? 0)
      }
    })
    await Promise.all(writers)
    await test.settled()

    const events = test.delivered.map(({ event }) => event)
    const created = events.filter((event) => event.type === 'message.created')
    expect(created).toHaveLength(WRITERS * EACH)
    expect(new Set(created.map(({ message }) => message.id)).size).toBe(WRITERS * EACH)
    for (const { id } of conversations) {
      const own = created.filter(({ conversationId }) => conversationId === id).map(({ message }) => message)
      expect(own.map(({ seq }) => seq)).toEqual(own.map((_, i) => i + 1))
      expect(own.map((message) => message.id)).toEqual(own.map((message) => message.id).sort((a, b) => a - b))
      const changes = events.flatMap((event) =>
        'changeSeq' in event && event.changeSeq !== null && event.conversationId === id
          ? event.changeSeq
          : [],
      )
      expect(changes).toEqual(changes.map((_, i) => i + 1))
    }
  })

  it('delivers in the order of positions, which every reader finds again', async () => {
    const delivered = test.delivered.flatMap(({ event }) => ('position' in event ? event.position : []))
    expect(delivered).toEqual([...delivered].sort((a, b) => a - b))
    const rows = await eventsAfter(test.chat.db, 0, 100_000)
    expect(rows.map(({ position }) => position)).toEqual(delivered)
    expect(test.log.position()).toBe(delivered.at(-1))
  })

  it('waits for who hears of an event, and skips and repeats nothing meanwhile', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<undefined>()
    const asked = Promise.withResolvers<undefined>()
    const db = database()
    let looks = 0
    const query: typeof db.query = async (text, params) => {
      if (text.includes('from audiences') && ++looks === 1) {
        asked.resolve(undefined)
        await held
      }
      return db.query(text, params)
    }
    const slow = await openTestChat({ ...db, query })
    const say = (text: string) =>
      sendMessage(slow.chat, seller, { conversationId: conversations[0]?.id ?? 0, type: 'text', text })
    const texts = () =>
      slow.delivered.flatMap(({ event }) => (event.type === 'message.created' ? event.message.text : []))
    await say('first')
    await asked.promise
    expect(texts()).toEqual([])
    await say('second')
    await slow.settled()
    expect(texts()).toEqual(['first', 'second'])
    release(undefined)
    await say('third')
    await slow.settled()
    expect(texts()).toEqual(['first', 'second', 'third'])
    await slow.close()
    await test.settled()
  })

  it('hands events on to everybody who follows it', async () => {
    const other = await openTestChat(database())
    await send(1, -1)
    await test.settled()
    await other.settled()
    const texts = other.delivered.flatMap(({ event }) =>
      event.type === 'message.created' ? event.message.text : [],
    )
    expect(texts).toEqual(['1/-1'])
    await other.close()
  })

  it('remembers how far it was pruned', async () => {
    const { head } = await readLogState(test.chat.db)
    await test.chat.db.query(
      `update events set created_at = now() - interval '2 days' where position <= $1`,
      [head - 3],
    )
    await pruneEvents(test.chat.db, 24)
    expect(await readLogState(test.chat.db)).toMatchObject({ head, pruned: head - 3 })
    expect(await eventsAfter(test.chat.db, 0, 100)).toHaveLength(3)
  })
})

eachStore('a backlog of events', (database) => {
  it('is numbered in a time that grows with its length, counts included', async () => {
    const db = database()
    await db.execute(`
      insert into users (id, display_name) select 'u' || g, 'x' from generate_series(0, 3000) g;
      insert into conversations (kind, message_seq) select 'direct', 5 from generate_series(1, 3000) g;
      insert into members (conversation_id, user_id, read_seq)
        select id, 'u0', 2 from conversations union all
        select id, 'u' || row_number() over (order by id), 1 from conversations;
      analyze;
      insert into events (conversation_id, type, payload, recipients)
        select id, 'conversation.created', '{}'::jsonb, array['u0'] from conversations union all
        select conversation_id, 'unread.changed', '{}'::jsonb, array[user_id] from members;
    `)
    const { rows, base } = await numberEvents(db)
    expect({ base, numbered: rows.length }).toEqual({ base: 0, numbered: 1000 })

    const log = [...(await eventsAfter(db, 0, 6000)), ...(await eventsAfter(db, 6000, 6000))]
    expect(log.map(({ position }) => position)).toEqual(Array.from({ length: 9000 }, (_, i) => i + 1))
    const counts = log.filter(({ type }) => type === 'unread.changed')
    expect(log.slice(3000)).toEqual(counts)
    for (const { recipients, payload } of counts) {
      const busy = recipients?.[0] === 'u0'
      expect(payload).toEqual({
        counts: { mentions: 0, ...(busy ? { unread: 3, total: 9000 } : { unread: 4, total: 4 }) },
      })
    }
  })
})
