import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { archiveConversation, getConversation, listConversations } from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { updatePreferences } from '../../src/core/preferences.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { newColleague } from './workspace-scene.ts'

eachStore('preferences', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    anna = await newColleague(chat)
    boris = await newColleague(chat)
  })
  afterAll(() => test.close())
  beforeEach(async () => (id = await begin('group')))

  async function begin(type: 'group' | 'dm'): Promise<ConversationId> {
    const input = { type, visibility: 'private', historyMode: 'all' } as const
    const memberIds = [boris.userId]
    return (await createConversation(chat, anna, { ...input, memberIds })).overview.conversation.id
  }

  const of = async (actor: Actor) => (await getConversation(chat, actor, id)).preferences

  it('are set one by one, for oneself alone', async () => {
    await updatePreferences(chat, anna, id, { starred: true })
    await updatePreferences(chat, anna, id, { notifyLevel: 'mentions' })
    expect(await of(anna)).toEqual({ starred: true, mutedUntil: null, notifyLevel: 'mentions' })
    expect(await of(boris)).toEqual({ starred: false, mutedUntil: null, notifyLevel: 'all' })
    expect(await updatePreferences(chat, anna, id, {})).toEqual(await of(anna))
  })

  it.each([new Date('2031-05-06T07:08:09.123Z'), 'forever' as const, null])(
    'mute until %s',
    async (until) => {
      await updatePreferences(chat, anna, id, { mutedUntil: 'forever' })
      expect(await updatePreferences(chat, anna, id, { mutedUntil: until })).toMatchObject({
        mutedUntil: until,
      })
      await updatePreferences(chat, anna, id, { starred: true })
      expect((await of(anna)).mutedUntil).toEqual(until)
      await test.settled()
      const told = test.delivered.filter(
        ({ event }) => event.type === 'preferences.changed' && event.conversationId === id,
      )
      expect(told.map(({ event }) => 'preferences' in event && event.preferences.mutedUntil)).toEqual([
        'forever',
        until,
        until,
      ])
      expect(told.at(-1)).toMatchObject({ event: { changeSeq: null }, audience: [anna.userId] })
    },
  )

  it('between two people are all or nothing', async () => {
    const dm = await begin('dm')
    for (const notifyLevel of ['mentions', 'everyone'] as const)
      await expect(updatePreferences(chat, anna, dm, { notifyLevel })).rejects.toMatchObject({
        code: 'invalid',
        field: 'notifyLevel',
      })
    expect(await updatePreferences(chat, anna, dm, { notifyLevel: 'none' })).toMatchObject({
      notifyLevel: 'none',
    })
  })

  it('choose what is listed', async () => {
    const listed = async (filter: 'all' | 'starred' | 'archived') =>
      (await listConversations(chat, anna, { filter, limit: 100 })).map((o) => o.conversation.id)
    expect(await listed('starred')).not.toContain(id)
    await updatePreferences(chat, anna, id, { starred: true })
    expect(await listed('starred')).toContain(id)
    await archiveConversation(chat, anna, id)
    expect(await listed('starred')).not.toContain(id)
    expect(await listed('archived')).toEqual([id])
  })
})
