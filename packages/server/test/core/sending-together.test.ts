import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { getConversation } from '../../src/core/conversations.ts'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import type { SendInput } from '../../src/core/drafts.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { archive, eventsOf, newColleague, newPlace } from './workspace-scene.ts'

eachStore('sends that arrive together', (database) => {
  let test: TestChat
  let chat: Chat
  let statements: () => number
  let owner: Actor
  let member: Actor
  let outsider: Actor
  let id: ConversationId

  beforeAll(async () => {
    const counted = countStatements(database())
    statements = counted.statements
    test = await openTestChat(counted.db)
    chat = test.chat
    ;[owner, member, outsider] = [
      await newColleague(chat),
      await newColleague(chat),
      await newColleague(chat),
    ]
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    id = await newPlace(chat, owner, { members: [member] })
  })

  const send = (actor: Actor, input: Partial<SendInput> = {}) =>
    sendMessage(chat, actor, { conversationId: id, type: 'text', text: 'x', ...input })
  const unreadOf = async (actor: Actor) => (await getConversation(chat, actor, id)).unread
  const texts = async (conversationId = id) =>
    (await listMessages(chat, owner, conversationId, { limit: 1000 })).messages.map(({ text }) => text)

  it('are written with a few statements, however many', async () => {
    await send(owner)
    await test.settled()
    const before = statements()
    await Promise.all(Array.from({ length: 100 }, (_, n) => send(n % 2 ? owner : member)))
    // The first one alone, the other 99 together.
    expect(statements() - before).toBeLessThan(20)
  })

  it('keep the order in which they came, in each of many conversations', async () => {
    const places = [id, ...(await Promise.all([1, 2, 3].map(() => newPlace(chat, owner))))]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(places.length - 1), { maxLength: 60 }), async (plan) => {
        const before = await Promise.all(places.map(texts))
        const sent = plan.map((place, n) => ({ conversationId: places[place] ?? id, text: String(n) }))
        const messages = await Promise.all(sent.map((input) => send(owner, input)))
        for (const [n, place] of places.entries()) {
          const own = sent.filter(({ conversationId }) => conversationId === place).map(({ text }) => text)
          expect(await texts(place)).toEqual([...(before[n] ?? []), ...own])
        }
        expect(messages.map(({ message }) => message.text)).toEqual(sent.map(({ text }) => text))
      }),
      { numRuns: 15 },
    )
    for (const place of places) {
      const created = (await eventsOf(test, place)).filter((event) => event.type === 'message.created')
      expect(created.map(({ message }) => message.text)).toEqual(await texts(place))
      expect(created.map(({ message }) => message.seq)).toEqual(created.map((_, n) => n + 1))
      expect(created.map(({ changeSeq }) => changeSeq)).toEqual(created.map((_, n) => n + 1))
    }
  })

  it('fail alone where a rule refuses one', async () => {
    const closed = await newPlace(chat, owner)
    await archive(chat, closed)
    const results = await Promise.allSettled([
      send(owner, { text: 'first' }),
      send(outsider, { text: 'from outside' }),
      send(owner, { conversationId: closed, text: 'too late' }),
      send(owner, { conversationId: 2 ** 50, text: 'nowhere' }),
      send(member, { replyToId: 1, text: 'an answer to nothing' }),
      send(member, { mentions: ['nobody'], text: 'for nobody' }),
      send(member, { text: 'last' }),
    ])
    const codes = results.map((result) =>
      result.status === 'rejected' ? (result.reason as { code?: string }).code : 'sent',
    )
    expect(codes).toEqual(['sent', 'forbidden', 'conflict', 'not_found', 'invalid', 'invalid', 'sent'])
    expect(await texts()).toEqual(['first', 'last'])
    expect(await texts(closed)).toEqual([])
  })

  it('fail alone where the database refuses one, and keep their order', async () => {
    const results = await Promise.allSettled([
      send(owner, { text: 'first' }),
      send(owner, { text: 'second' }),
      send(owner, { text: 'nul \u0000' }),
      send(member, { text: 'third' }),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(await texts()).toEqual(['first', 'second', 'third'])
    const created = (await eventsOf(test, id)).filter((event) => event.type === 'message.created')
    expect(created.map(({ message }) => message.text)).toEqual(['first', 'second', 'third'])
  })

  it('keep their order where one batch after the other is refused', async () => {
    const places = [id, ...(await Promise.all([1, 2, 3].map(() => newPlace(chat, owner))))]
    const isBad = (n: number) => n % 9 === 4
    const sends: Promise<unknown>[] = []
    for (let n = 0; n < 200; n++) {
      const text = isBad(n) ? 'nul \u0000' : String(n)
      sends.push(send(owner, { conversationId: places[n % 4] ?? id, text }))
      if (n % 3 === 0) await setImmediate()
    }
    const results = await Promise.allSettled(sends)
    expect(results.map(({ status }) => status === 'rejected')).toEqual(results.map((_, n) => isBad(n)))
    for (const [k, place] of places.entries()) {
      const good = results.flatMap((_, n) => (n % 4 === k && !isBad(n) ? String(n) : []))
      expect(await texts(place)).toEqual(good)
      const created = (await eventsOf(test, place)).filter((event) => event.type === 'message.created')
      expect(created.map(({ message }) => message.text)).toEqual(good)
    }
  })

  it('leave nothing unread to their sender, who reads with some of them', async () => {
    const input = { conversationId: id, type: 'text' as const, text: 'x' }
    await send(member)
    const reading = [false, true, false, false].map((reads) => sendMessage(chat, owner, input, { reads }))
    await Promise.all(reading)
    expect(await unreadOf(owner)).toBe(0)
    expect(await unreadOf(member)).toBe(4)
  })

  it('are one message where they share a key', async () => {
    await send(owner, { text: 'before' })
    const again = () => send(owner, { text: 'once', clientKey: 'key' })
    const sent = await Promise.all([send(member), again(), again(), again()])
    expect(sent.map(({ created }) => created)).toEqual([true, true, false, false])
    expect(new Set(sent.slice(1).map(({ message }) => message.id)).size).toBe(1)
    const others = await Promise.all([send(member, { text: 'of another', clientKey: 'key' }), again()])
    expect(others.map(({ created }) => created)).toEqual([true, false])
    expect(await texts()).toEqual(['before', 'x', 'once', 'of another'])
  })

  it('are refused for a sender who was erased meanwhile', async () => {
    const leaver = await newColleague(chat)
    id = await newPlace(chat, owner, { members: [leaver] })
    await chat.db.query('update users set erased_at = now() where id = $1', [leaver.userId])
    const results = await Promise.allSettled([send(owner), send(leaver), send(owner)])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await eraseUser(chat, leaver.userId, 'keep')
    expect(await texts()).toEqual(['x', 'x'])
  })

  it('bring a hidden conversation back once, with a count that holds at its place in the log', async () => {
    await chat.db.query('update members set hidden_at = now() where conversation_id = $1 and user_id = $2', [
      id,
      member.userId,
    ])
    await Promise.all(Array.from({ length: 10 }, () => send(owner)))
    const events = await eventsOf(test, id)
    expect(events.filter(({ type }) => type === 'conversation.restored')).toHaveLength(1)
    const place = events.findIndex(({ type }) => type === 'unread.changed')
    const told = events[place]
    const earlier = events.slice(0, place).filter(({ type }) => type === 'message.created')
    expect(told).toMatchObject({ userId: member.userId, counts: { unread: earlier.length } })
  })
})
