import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  archiveConversation,
  getConversation,
  listConversations,
  totalUnread,
  updateConversation,
} from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { leaveConversation } from '../../src/core/members.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { eventsOf, newColleague, say } from './workspace-scene.ts'

eachStore('a conversation that its admins change', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let member: Actor

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    owner = await newColleague(chat)
  })
  beforeEach(async () => (member = await newColleague(chat)))
  afterAll(() => test.close())

  async function begin(type: 'group' | 'channel'): Promise<ConversationId> {
    const visibility = type === 'channel' ? 'org' : 'private'
    const input = { type, visibility, historyMode: 'all', name: 'Plans' } as const
    const created = await createConversation(chat, owner, { ...input, memberIds: [member.userId] })
    return created.overview.conversation.id
  }

  async function updatesOf(id: ConversationId) {
    await test.settled()
    return test.delivered.filter(
      ({ event }) => event.type === 'conversation.updated' && event.conversationId === id,
    )
  }

  it('is renamed and described, each alone', async () => {
    const id = await begin('group')
    await updateConversation(chat, owner, id, { name: 'a', description: 'b' })
    const { conversation } = await updateConversation(chat, owner, id, { description: null })
    expect(conversation).toMatchObject({ name: 'a', description: null })
    const tooLong = updateConversation(chat, owner, id, { name: 'x'.repeat(256) })
    await expect(tooLong).rejects.toMatchObject({ code: 'invalid', field: 'name' })
    const open = updateConversation(chat, owner, id, { visibility: 'org' })
    await expect(open).rejects.toMatchObject({ code: 'invalid', field: 'visibility' })
  })

  it('says nothing where nothing changes', async () => {
    const id = await begin('group')
    const { conversation } = await updateConversation(chat, owner, id, { name: 'a' })
    const again = await updateConversation(chat, owner, id, { name: 'a', description: null })
    expect(again.conversation).toEqual(conversation)
    expect(await updatesOf(id)).toHaveLength(1)
  })

  it('adds up in no total once it is archived', async () => {
    const { userId } = member
    const [archived, other] = [await begin('group'), await begin('group')]
    await say(chat, owner, archived, 'here')
    await say(chat, owner, other, 'there')
    await archiveConversation(chat, owner, archived)
    expect(await totalUnread(chat, member)).toBe(1)
    await markRead(chat, member, other)
    const told = (await eventsOf(test, other)).filter(({ type }) => type === 'unread.changed')
    expect(told).toMatchObject([{ userId, counts: { unread: 0, total: 0 } }])
  })

  it('tells the organisation when it closes and opens, and keeps whoever has looked in', async () => {
    const id = await begin('channel')
    const absent = await newColleague(chat)
    await listConversations(chat, member, { limit: 1 })
    await updateConversation(chat, owner, id, { visibility: 'private' })
    expect(await getConversation(chat, member, id)).toMatchObject({ role: 'member' })
    await expect(getConversation(chat, absent, id)).rejects.toMatchObject({ code: 'forbidden' })
    await updateConversation(chat, owner, id, { visibility: 'org' })
    await getConversation(chat, absent, id)
    expect((await updatesOf(id)).map(({ audience }) => audience)).toEqual([{ org: 'acme' }, { org: 'acme' }])
  })

  it('tells those alone who stay what else changes as it closes', async () => {
    const id = await begin('channel')
    await listConversations(chat, member, { limit: 1 })
    const absent = await newColleague(chat)
    await leaveConversation(chat, absent, id)
    await updateConversation(chat, owner, id, { visibility: 'private', description: 'a secret' })
    const both = [owner.userId, member.userId].toSorted().join()
    const remaining: unknown = expect.toSatisfy((ids: string[]) => ids.toSorted().join() === both)
    const [closed, changed] = await updatesOf(id)
    expect(closed).toMatchObject({
      audience: { org: 'acme' },
      event: { changeSeq: 2, remaining, conversation: { visibility: 'private', description: null } },
    })
    expect(changed).toMatchObject({
      audience: remaining,
      event: { changeSeq: 3, conversation: { visibility: 'private', description: 'a secret' } },
    })
    await expect(getConversation(chat, absent, id)).rejects.toMatchObject({ code: 'forbidden' })
  })
})
