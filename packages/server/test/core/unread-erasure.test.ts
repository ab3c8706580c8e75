import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { listConversations } from '../../src/core/conversations.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { sendMessage } from '../../src/core/sending.ts'
import type { Actor, Chat, ConversationId, MessageId } from '../../src/core/types.ts'
import { eraseUser, putUser } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('unread messages of somebody who was erased and came back', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor
  let id: ConversationId
  let sent: MessageId[]

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    anna = await newActor(chat)
    boris = await newActor(chat)
    id = await newConversation(chat, anna, boris)
    sent = []
    for (const actor of [anna, anna, boris, anna]) await say(actor)
  })

  async function say(actor: Actor): Promise<void> {
    const { message } = await sendMessage(chat, actor, { conversationId: id, type: 'text', text: 'x' })
    sent.push(message.id)
  }

  const comeBack = ({ userId }: Actor) =>
    putUser(chat, { id: userId, displayName: 'Again', avatarUrl: null, role: 'user', orgId: null })

  const unreadOf = async (actor: Actor) =>
    (await listConversations(chat, actor, { limit: 10 })).map(({ unread }) => unread)

  it('count what was theirs and is nobody’s now, and no longer what is deleted', async () => {
    await eraseUser(chat, anna.userId, 'unlink')
    await comeBack(anna)
    expect(await unreadOf(anna)).toEqual([4])
    expect(await unreadOf(boris)).toEqual([3])

    await deleteMessage(chat, boris, sent[2] ?? 0)
    expect(await unreadOf(anna)).toEqual([3])
    await say(anna)
    expect(await unreadOf(anna)).toEqual([3])
    expect(await unreadOf(boris)).toEqual([4])
  })

  it('count nothing of theirs that was deleted with them', async () => {
    await eraseUser(chat, anna.userId, 'delete')
    await comeBack(anna)
    expect(await unreadOf(anna)).toEqual([1])
    expect(await unreadOf(boris)).toEqual([0])

    await say(anna)
    expect(await unreadOf(anna)).toEqual([1])
    expect(await unreadOf(boris)).toEqual([1])
  })
})
