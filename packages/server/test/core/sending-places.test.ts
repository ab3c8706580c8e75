import { afterAll, beforeAll, expect, it } from 'vitest'
import { markRead } from '../../src/core/receipts.ts'
import { sendMessage } from '../../src/core/sending.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { newColleague, newPlace, say } from './workspace-scene.ts'

eachStore('a send beside others', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    owner = await newColleague(chat)
  })
  afterAll(() => test.close())

  /** Of whose changes the log does not hear. */
  const unheard = (): Chat => ({ ...chat, committed: () => undefined })

  /** Where somebody has not read what was said. */
  async function newTalk() {
    const reader = await newColleague(chat)
    const id = await newPlace(chat, owner, { members: [reader] })
    await say(chat, owner, id, 'x')
    await test.settled()
    return { id, reader }
  }

  /** In one batch, since something else is being written. */
  async function sendAtOnce(sends: [Actor, ConversationId, { reads: boolean }?][]) {
    const { id } = await newTalk()
    const other = say(chat, owner, id, 'x')
    const sending = sends.map(([actor, conversationId, how]) =>
      sendMessage(chat, actor, { conversationId, type: 'text', text: 'x' }, how),
    )
    const outcomes = await Promise.allSettled(sending)
    await other
    await test.settled()
    return outcomes.map(({ status }) => status)
  }

  const changesOf = (id: ConversationId) =>
    test.delivered.flatMap(({ event }) =>
      'changeSeq' in event && event.conversationId === id && event.changeSeq !== null
        ? [{ type: event.type, changeSeq: event.changeSeq, position: event.position }]
        : [],
    )
  const rising = (length: number) => Array.from({ length }, (_, n) => n + 1)

  it('goes there and back once beside those who read, behind whose reading it has its place', async () => {
    const { id, reader } = await newTalk()
    const { db, statements } = countStatements(chat.db)
    for (let n = 0; n < 3; n++) {
      await markRead(unheard(), reader, id)
      await say({ ...chat, db }, owner, id, 'x')
    }
    expect(statements()).toBe(6)
    await markRead(unheard(), reader, id)
    await sendMessage(chat, owner, { conversationId: id, type: 'text', text: 'x' }, { reads: true })
    await test.settled()
    const numbers = changesOf(id).map(({ changeSeq }) => changeSeq)
    expect(numbers).toEqual(rising(numbers.length))
  })

  it('is handed on at once, or left to the log behind what has no place there yet', async () => {
    const { id, reader } = await newTalk()
    const calls: string[] = []
    const heard: Chat = {
      ...chat,
      committed() {
        calls.push('committed')
        chat.committed()
      },
      appended(batch) {
        calls.push('appended')
        chat.appended(batch)
      },
    }
    await markRead(unheard(), reader, id)
    await say(heard, owner, id, 'x')
    expect(calls).toEqual(['committed'])
    await test.settled()
    await say(heard, owner, id, 'x')
    expect(calls).toEqual(['committed', 'appended'])
  })

  it('leaves no gap in the log where some of a batch have a place there and others none', async () => {
    const [late, prompt] = [await newTalk(), await newTalk()]
    await markRead(unheard(), late.reader, late.id)
    const sends = [late, prompt, late, prompt].map(({ id }): [Actor, ConversationId] => [owner, id])
    expect(await sendAtOnce(sends)).toEqual(sends.map(() => 'fulfilled'))
    expect(changesOf(late.id).map(({ changeSeq }) => changeSeq)).toEqual(rising(4))
    expect(changesOf(prompt.id).map(({ changeSeq }) => changeSeq)).toEqual(rising(3))
    const [log] = await chat.db.query<Record<'head' | 'last' | 'count', number>>(
      'select head, max(position) as last, count(position) from events, event_log group by 1',
    )
    expect(log).toEqual({ head: log?.head, last: log?.head, count: log?.head })
  })

  it('reads for each of a batch who reads, and for nobody who may not write', async () => {
    const { id, reader } = await newTalk()
    const mixed = await newTalk()
    const outsider = await newColleague(chat)
    const reads = { reads: true }
    const outcomes = await sendAtOnce([
      [reader, id, reads],
      [owner, id, reads],
      [owner, mixed.id, reads],
      [outsider, mixed.id, reads],
    ])
    expect(outcomes).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect(changesOf(id).slice(1)).toMatchObject([
      { type: 'message.created', changeSeq: 2 },
      { type: 'message.read', changeSeq: 3 },
      { type: 'message.created', changeSeq: 4 },
      { type: 'message.read', changeSeq: 5 },
    ])
    expect(changesOf(mixed.id).map(({ type }) => type)).toEqual([
      'message.created',
      'message.created',
      'message.read',
    ])
    const cursors = await chat.db.query(
      `select m.read_seq, c.message_seq - m.read_seq - m.own_since_read as unread
       from members m join conversations c on c.id = conversation_id
       where conversation_id = any($1) order by conversation_id, user_id <> $2`,
      [[id, mixed.id], owner.userId],
    )
    expect(cursors).toEqual([
      { read_seq: 3, unread: 0 },
      { read_seq: 2, unread: 1 },
      { read_seq: 2, unread: 0 },
      { read_seq: 0, unread: 2 },
    ])
  })
})
