import { afterAll, beforeAll, expect, it } from 'vitest'
import { getConversation, hideConversation, listConversations } from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import type { CreateInput } from '../../src/core/creation.ts'
import type { Actor, Chat } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { newActor, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { eventsOf, newColleague } from './workspace-scene.ts'

const PRIVATE = { visibility: 'private', historyMode: 'all' } as const

eachStore('a new conversation', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor
  let stranger: Actor

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    anna = await newColleague(chat)
    boris = await newColleague(chat)
    stranger = await newColleague(chat, 'other')
  })
  afterAll(() => test.close())

  const dm = (actor: Actor, other: Actor) =>
    createConversation(chat, actor, { ...PRIVATE, type: 'dm', memberIds: [other.userId] })

  it('of two is one, whoever asks and however many at once', async () => {
    const opened = await Promise.all(
      Array.from({ length: 32 }, (_, n) => (n % 2 ? dm(anna, boris) : dm(boris, anna))),
    )
    expect(new Set(opened.map(({ overview }) => overview.conversation.id)).size).toBe(1)
    expect(opened.filter(({ created }) => created)).toHaveLength(1)
    const [first] = opened
    const events = await eventsOf(test, first?.overview.conversation.id ?? 0)
    expect(events.map(({ type }) => type)).toEqual(['conversation.created'])
  })

  it('of two is found again by who has hidden it', async () => {
    const { overview } = await dm(anna, boris)
    const { id } = overview.conversation
    await hideConversation(chat, anna, id)
    expect(await dm(anna, boris)).toMatchObject({ created: false, overview: { conversation: { id } } })
    const listed = await listConversations(chat, anna, { limit: 100 })
    expect(listed.map(({ conversation }) => conversation.id)).toContain(id)
  })

  it('of two has neither a name nor a history of its own', async () => {
    const input = { type: 'dm', name: 'x', description: 'y', historyMode: 'since_join' } as const
    const other = await newColleague(chat)
    const memberIds = [other.userId]
    const { overview } = await createConversation(chat, anna, { ...PRIVATE, ...input, memberIds })
    const { conversation } = overview
    expect(conversation).toMatchObject({ kind: 'direct', name: null, description: null, historyMode: 'all' })
    expect(overview).toMatchObject({ role: 'member', companion: { id: other.userId } })
  })

  it('has its maker as owner and everybody else once, and tells all of them', async () => {
    const { overview, created } = await createConversation(chat, anna, {
      ...PRIVATE,
      type: 'group',
      name: `  Plans ${'🙂'.repeat(249)} `,
      memberIds: [boris.userId, anna.userId, boris.userId],
    })
    expect(created).toBe(true)
    expect(overview).toMatchObject({
      role: 'owner',
      unread: 0,
      mentions: 0,
      preferences: { starred: false, mutedUntil: null, notifyLevel: 'all' },
      conversation: {
        kind: 'group',
        name: `Plans ${'🙂'.repeat(249)}`,
        orgId: 'acme',
        createdBy: anna.userId,
        changeSeq: 1,
      },
    })
    expect(overview.members?.count).toBe(2)
    expect(overview.members?.ids.toSorted()).toEqual([anna.userId, boris.userId].toSorted())
    const { conversation } = overview
    expect(await getConversation(chat, boris, conversation.id)).toMatchObject({ role: 'member' })
    await test.settled()
    const told = test.delivered.find(
      ({ event }) => event.type === 'conversation.created' && event.conversationId === conversation.id,
    )
    expect(told?.event).toMatchObject({ conversation, changeSeq: 1 })
    expect(told?.audience).toEqual([anna.userId, boris.userId])
  })

  it.each<[string, Partial<CreateInput>, string]>([
    ['a channel without a name', { type: 'channel', name: '  ' }, 'name'],
    ['a name of 256 characters', { type: 'group', name: '🙂'.repeat(256) }, 'name'],
    ['a description of 4,001', { type: 'group', description: 'x'.repeat(4001) }, 'description'],
    ['an open group', { type: 'group', visibility: 'org' }, 'visibility'],
    ['an open dm', { type: 'dm', visibility: 'org' }, 'visibility'],
    ['a dm with nobody', { type: 'dm' }, 'memberIds'],
    ['a dm with two', { type: 'dm', memberIds: ['a', 'b'] }, 'memberIds'],
    ['1,001 members', { memberIds: Array.from({ length: 1001 }, (_, n) => `x${n}`) }, 'memberIds'],
    ['somebody who does not exist', { memberIds: ['nobody'] }, 'memberIds'],
  ])('is refused: %s', async (_what, input, field) => {
    const asked = createConversation(chat, anna, { ...PRIVATE, type: 'group', ...input })
    await expect(asked).rejects.toMatchObject({ code: 'invalid', field })
  })

  it('is refused with oneself alone', async () => {
    await expect(dm(anna, anna)).rejects.toMatchObject({ code: 'invalid', field: 'memberIds' })
  })

  it('says nothing of somebody of another organisation that it would not say of nobody', async () => {
    const refusal = async (id: string) => {
      const asked = createConversation(chat, anna, { ...PRIVATE, type: 'group', memberIds: [id] })
      const error: unknown = await asked.catch((error: unknown) => error)
      return error instanceof Error ? error.message.replace(`id ${id}`, 'id') : 'none'
    }
    expect(await refusal(stranger.userId)).toBe(await refusal('nobody'))
    await expect(dm(anna, stranger)).rejects.toMatchObject({ code: 'invalid', field: 'memberIds' })
  })

  it('has nobody in it who has been erased, however late', async () => {
    const gone = await newColleague(chat)
    await eraseUser(chat, gone.userId, 'keep')
    await expect(dm(anna, gone)).rejects.toMatchObject({ code: 'invalid', field: 'memberIds' })
    await expect(dm(gone, anna)).rejects.toMatchObject({ code: 'unauthenticated' })
    for (let round = 0; round < 10; round++) {
      const leaving = await newColleague(chat)
      const memberIds = [leaving.userId]
      const ask = () => createConversation(chat, anna, { ...PRIVATE, type: 'group', memberIds })
      const asked = Promise.allSettled([ask(), ask(), ask()])
      await eraseUser(chat, leaving.userId, 'keep')
      for (const result of await asked) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ field: 'memberIds' })
      }
      const query = 'select from members where user_id = $1 and left_at is null'
      expect(await chat.db.query(query, [leaving.userId])).toEqual([])
    }
  })

  it('opens to an organisation that its maker belongs to', async () => {
    const input = { type: 'channel', visibility: 'org', historyMode: 'all', name: 'general' } as const
    const { overview } = await createConversation(chat, anna, { ...input, memberIds: [boris.userId] })
    expect(overview).toMatchObject({ role: 'owner', members: null })
    const rows = await chat.db.query('select user_id from members where conversation_id = $1', [
      overview.conversation.id,
    ])
    expect(rows).toEqual([{ user_id: anna.userId }])
    const loner = { ...(await newActor(chat)), reach: { org: '' } }
    await expect(createConversation(chat, loner, input)).rejects.toMatchObject({
      code: 'invalid',
      field: 'visibility',
    })
  })
})
