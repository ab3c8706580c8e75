import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  getConversation,
  listConversations,
  totalUnread,
  updateConversation,
} from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { addMembers, leaveConversation, removeMember } from '../../src/core/members.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { updatePreferences } from '../../src/core/preferences.ts'
import { addReaction, reactionsOf } from '../../src/core/reactions.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { eraseUser, putUser } from '../../src/core/users.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { eventsOf, newColleague, say } from './workspace-scene.ts'

eachStore('a channel of the organisation', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let member: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    owner = await newColleague(chat)
    member = await newColleague(chat)
  })
  afterAll(() => test.close())
  beforeEach(async () => (id = await begin(owner)))

  async function begin(actor: Actor, historyMode: 'all' | 'since_join' = 'all'): Promise<ConversationId> {
    const input = { type: 'channel', visibility: 'org', historyMode, name: 'general' } as const
    return (await createConversation(chat, actor, input)).overview.conversation.id
  }

  const texts = async (actor: Actor) =>
    (await listMessages(chat, actor, id, { limit: 10 })).messages.map(({ text }) => text)
  const listed = async (actor: Actor) =>
    (await listConversations(chat, actor, { limit: 100 })).find(({ conversation }) => conversation.id === id)
  const rows = async () => {
    const found = await chat.db.query<{ userId: string }>(
      'select user_id as "userId" from members where conversation_id = $1 order by joined_at',
      [id],
    )
    return found.map(({ userId }) => userId)
  }

  it('is in the list of everybody, with what comes from now on unread', async () => {
    await say(chat, owner, id, 'old')
    const newcomer = await newColleague(chat)
    expect(await getConversation(chat, newcomer, id)).toMatchObject({ role: 'member', unread: 0 })
    expect(await rows()).toEqual([owner.userId, newcomer.userId])
    expect(await listed(newcomer)).toMatchObject({ role: 'member', unread: 0, members: null })
    await say(chat, owner, id, 'new')
    expect(await listed(newcomer)).toMatchObject({ unread: 1 })
    expect(await texts(newcomer)).toEqual(['old', 'new'])
    await markRead(chat, newcomer, id)
    expect(await listed(newcomer)).toMatchObject({ unread: 0 })
  })

  it.each([
    ['got it', (actor: Actor) => getConversation(chat, actor, id)],
    ['read in it', (actor: Actor) => listMessages(chat, actor, id, { limit: 1 })],
    ['listed it', (actor: Actor) => listConversations(chat, actor, { limit: 1 })],
  ])('counts from then on for whoever has %s', async (_name, look) => {
    const newcomer = await newColleague(chat)
    await say(chat, owner, id, 'before')
    await look(newcomer)
    await sendMessage(chat, owner, {
      conversationId: id,
      type: 'text',
      text: 'after',
      mentions: [newcomer.userId],
    })
    expect(await listed(newcomer)).toMatchObject({ unread: 1, mentions: 1 })
  })

  it('is closed to every other organisation', async () => {
    const stranger = await newColleague(chat, 'other')
    await expect(getConversation(chat, stranger, id)).rejects.toMatchObject({ code: 'not_found' })
    const pretender = { ...stranger, reach: owner.reach }
    await expect(getConversation(chat, pretender, id)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await listed(pretender)).toBeUndefined()
    await expect(markRead(chat, pretender, id)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it.each<[string, (actor: Actor) => Promise<unknown>]>([
    ['sends', (actor) => say(chat, actor, id, 'hello')],
    ['reads', (actor) => markRead(chat, actor, id)],
    ['stars', (actor) => updatePreferences(chat, actor, id, { starred: true })],
  ])('has a row for somebody who first %s', async (_what, act) => {
    await say(chat, owner, id, 'old')
    const newcomer = await newColleague(chat)
    await act(newcomer)
    expect(await rows()).toEqual([owner.userId, newcomer.userId])
    expect(await getConversation(chat, newcomer, id)).toMatchObject({ unread: 0 })
  })

  it('counts right for somebody who lists and sends at once for the first time', async () => {
    for (let round = 0; round < 10; round++) {
      const newcomer = await newColleague(chat)
      await Promise.all([
        listed(newcomer),
        say(chat, newcomer, id, 'mine'),
        listed(newcomer),
        say(chat, newcomer, id, 'mine too'),
      ])
      expect(await listed(newcomer)).toMatchObject({ unread: 0 })
    }
  })

  it('is put away by who leaves it, and still read', async () => {
    await say(chat, owner, id, 'one')
    expect(await listed(member)).toBeDefined()
    await say(chat, owner, id, 'two')
    await leaveConversation(chat, member, id)
    await leaveConversation(chat, member, id)
    await say(chat, owner, id, 'three')
    expect(await listed(member)).toBeUndefined()
    const overview = await getConversation(chat, member, id)
    expect(overview).toMatchObject({ unread: 0, preferences: { mutedUntil: 'forever' } })
    expect(await texts(member)).toEqual(['one', 'two', 'three'])
    const own = (await eventsOf(test, id)).filter(
      (event) => 'userId' in event && event.userId === member.userId,
    )
    expect(own).toMatchObject([
      { type: 'conversation.hidden', changeSeq: null },
      { type: 'preferences.changed', preferences: { mutedUntil: 'forever' } },
      { type: 'unread.changed', counts: { unread: 0 } },
    ])
  })

  it.each<[string, () => Promise<unknown>]>([
    ['who left it writes in it', () => say(chat, member, id, 'back')],
    ['an admin adds them', () => addMembers(chat, owner, id, [member.userId])],
  ])('comes back when %s', async (_what, act) => {
    await leaveConversation(chat, member, id)
    await say(chat, owner, id, 'meanwhile')
    await act()
    expect(await listed(member)).toMatchObject({ unread: 0, preferences: { mutedUntil: null } })
    const own = (await eventsOf(test, id)).filter(
      (event) => 'userId' in event && event.userId === member.userId,
    )
    expect(own.slice(3).map(({ type }) => type)).toEqual([
      'conversation.restored',
      'preferences.changed',
      'unread.changed',
    ])
  })

  it('comes back to many with as many statements as to one', async () => {
    const leavers = [member, ...(await Promise.all([newColleague(chat), newColleague(chat)]))]
    async function bringBack(actors: Actor[]) {
      for (const actor of actors) await leaveConversation(chat, actor, id)
      const counted = countStatements(chat.db)
      const userIds = actors.map(({ userId }) => userId)
      await addMembers({ ...chat, db: counted.db }, owner, id, userIds)
      return counted.statements()
    }
    expect(await bringBack(leavers)).toBe(await bringBack(leavers.slice(1, 2)))
    for (const actor of leavers) expect(await listed(actor)).toBeDefined()
  })

  it('has the admins of the organisation as its admins, and nobody is removed from it', async () => {
    const admin = await newColleague(chat)
    await putUser(chat, { id: admin.userId, displayName: 'A', avatarUrl: null, role: 'admin', orgId: 'acme' })
    expect(await listed(admin)).toMatchObject({ role: 'admin' })
    await updateConversation(chat, admin, id, { name: 'all hands' })
    const refused = updateConversation(chat, member, id, { name: 'mine' })
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    const removal = removeMember(chat, owner, id, member.userId)
    await expect(removal).rejects.toMatchObject({ code: 'conflict' })
  })

  it('begins for each with the first look, where history begins with joining', async () => {
    id = await begin(owner, 'since_join')
    await say(chat, owner, id, 'before')
    const newcomer = await newColleague(chat)
    expect(await texts(newcomer)).toEqual([])
    expect(await listed(newcomer)).toMatchObject({ lastMessage: null })
    await say(chat, owner, id, 'after')
    expect(await texts(newcomer)).toEqual(['after'])
    await leaveConversation(chat, newcomer, id)
    await addMembers(chat, owner, id, [newcomer.userId])
    expect(await texts(newcomer)).toEqual(['after'])
  })

  it('hears what an erased member takes along', async () => {
    const gone = await newColleague(chat)
    const { id: messageId } = await say(chat, owner, id, 'stays')
    await say(chat, gone, id, 'goes')
    await addReaction(chat, gone, messageId, '👍')
    await addReaction(chat, member, messageId, '👍')
    await sendMessage(chat, owner, { conversationId: id, type: 'text', text: '@', mentions: [gone.userId] })
    const before = (await getConversation(chat, owner, id)).conversation.changeSeq
    await eraseUser(chat, gone.userId, 'delete')
    expect(await texts(owner)).toEqual(['stays', '@'])
    expect((await reactionsOf(chat.db, owner, [messageId])).get(messageId)).toMatchObject([{ count: 1 }])
    await test.settled()
    const told = test.delivered.filter(
      ({ event }) => 'changeSeq' in event && event.conversationId === id && (event.changeSeq ?? 0) > before,
    )
    expect(told).toMatchObject([
      { audience: { org: 'acme' }, event: { type: 'reaction.removed', emoji: '👍', messageId, count: 1 } },
      { audience: { org: 'acme' }, event: { type: 'message.deleted', deletedAt: expect.any(Date) as Date } },
    ])
    expect((await getConversation(chat, owner, id)).conversation.changeSeq).toBe(before + 2)
  })

  it('costs as many statements and rows with ten thousand members as with three', async () => {
    const small = await cost('small', 2)
    const large = await cost('large', 10_000)
    expect(large).toEqual(small)
    expect(small).toEqual({
      send: { statements: 2, rows: 0, told: [{ org: 'o' }] },
      join: { statements: 2, rows: 1, told: [] },
      read: { statements: 5, rows: 0, told: [{ org: 'o' }, ['reader']] },
      delete: { statements: expect.any(Number) as number, rows: 0, told: [{ org: 'o' }] },
    })
  })

  /** What it takes to send, to look in for the first time, to read and to delete among so many. */
  async function cost(orgId: string, people: number) {
    await chat.db.query(
      `insert into users (id, display_name, org_id) select $1 || '-' || n, 'x', $1 from generate_series(1, $2::int) n`,
      [orgId, people],
    )
    const [sender, reader] = [1, 2].map((n) => ({ userId: `${orgId}-${n}`, reach: { org: orgId } }))
    if (!sender || !reader) throw new Error('too few')
    const place = await begin(sender)
    const first = await say(chat, sender, place, 'first')

    async function measure(work: (chat: Chat) => Promise<unknown>) {
      const count = async () =>
        (await chat.db.query('select from members where conversation_id = $1', [place])).length
      const before = await count()
      await test.settled()
      const from = test.delivered.length
      const counted = countStatements(chat.db)
      await work({ ...chat, db: counted.db })
      await test.settled()
      const told = test.delivered.slice(from).map(({ audience }) => anonymous(audience, orgId))
      return { statements: counted.statements(), rows: (await count()) - before, told }
    }

    return {
      send: await measure((chat) => say(chat, sender, place, 'x')),
      join: await measure((chat) => listConversations(chat, reader, { limit: 10 })),
      read: await (async () => {
        await say(chat, sender, place, 'y')
        return measure((chat) => markRead(chat, reader, place))
      })(),
      delete: await measure((chat) => deleteMessage(chat, sender, first.id)),
    }
  }

  const anonymous = (audience: TestChat['delivered'][number]['audience'], orgId: string) =>
    Array.isArray(audience) ? audience.map(() => 'reader') : { org: audience.org === orgId ? 'o' : '?' }

  it('adds up in nobody`s total once it has been left', async () => {
    const loner = await newColleague(chat, 'quiet')
    const other = await newColleague(chat, 'quiet')
    id = await begin(other)
    await listed(loner)
    await say(chat, other, id, 'x')
    expect(await totalUnread(chat, loner)).toBe(1)
    await leaveConversation(chat, loner, id)
    expect(await totalUnread(chat, loner)).toBe(0)
  })
})
