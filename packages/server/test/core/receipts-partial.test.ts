import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { getConversation } from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { addMembers } from '../../src/core/members.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId, MessageId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { eventsOf, newColleague, say } from './workspace-scene.ts'

eachStore('reading up to a message', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor
  let id: ConversationId
  let sent: MessageId[]

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    anna = await newColleague(chat)
    boris = await newColleague(chat)
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    id = await begin('all', [boris.userId])
    sent = []
    for (const text of ['1', '2', '3', '4', '5']) sent.push((await say(chat, anna, id, text)).id)
  })

  async function begin(historyMode: 'all' | 'since_join', memberIds: string[]): Promise<ConversationId> {
    const input = { type: 'group', visibility: 'private', historyMode, memberIds } as const
    return (await createConversation(chat, anna, input)).overview.conversation.id
  }

  const state = async (actor = boris) => {
    const { readId, unread } = await getConversation(chat, actor, id)
    return { readId, unread }
  }

  it('leaves unread what follows, and never moves back', async () => {
    await markRead(chat, boris, id, sent[2])
    expect(await state()).toEqual({ readId: sent[2], unread: 2 })
    await markRead(chat, boris, id, sent[0])
    await markRead(chat, boris, id, sent[2])
    expect(await state()).toEqual({ readId: sent[2], unread: 2 })
    const read = (await eventsOf(test, id)).filter(({ type }) => type === 'message.read')
    expect(read).toMatchObject([{ userId: boris.userId, messageId: sent[2] }])
    await markRead(chat, boris, id)
    expect(await state()).toEqual({ readId: sent[4], unread: 0 })
  })

  it('counts own messages on neither side', async () => {
    await say(chat, boris, id, 'mine')
    await say(chat, anna, id, 'hers')
    await markRead(chat, boris, id, sent[3])
    expect(await state()).toEqual({ readId: sent[3], unread: 2 })
  })

  it('reaches a deleted message, and the newest where it is named beyond that', async () => {
    await deleteMessage(chat, anna, sent[1] ?? 0)
    await markRead(chat, boris, id, sent[1])
    expect(await state()).toEqual({ readId: sent[1], unread: 3 })
    await markRead(chat, boris, id, Number.MAX_SAFE_INTEGER)
    expect((await state()).unread).toBe(0)
  })

  it('refuses a message of elsewhere, and one from before one came', async () => {
    const refusal = { code: 'invalid', field: 'lastReadMessageId' }
    const elsewhere = (await say(chat, anna, await begin('all', []), 'x')).id
    await say(chat, anna, id, 'newer than that')
    await expect(markRead(chat, boris, id, elsewhere)).rejects.toMatchObject(refusal)
    const place = await begin('since_join', [])
    const before = (await say(chat, anna, place, 'before')).id
    await addMembers(chat, anna, place, [boris.userId])
    const after = (await say(chat, anna, place, 'after')).id
    await say(chat, anna, place, 'last')
    await expect(markRead(chat, boris, place, before)).rejects.toMatchObject(refusal)
    await markRead(chat, boris, place, after)
    expect(await getConversation(chat, boris, place)).toMatchObject({ readId: after, unread: 1 })
  })
})
