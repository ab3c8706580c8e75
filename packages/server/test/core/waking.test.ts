import { afterAll, beforeAll, expect, it } from 'vitest'
import { hideConversation, listPage, toggleArchived } from '../../src/core/conversations.ts'
import { createGroup } from '../../src/core/groups.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { openPurchaseRequest } from '../../src/core/purchase-requests.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { newPerson, newPurchaseRequest } from './rooms-scene.ts'
import { eventsOf } from './workspace-scene.ts'

eachStore('a conversation that was put away', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    anna = await newPerson(chat)
    boris = await newPerson(chat)
  })
  afterAll(() => test.close())

  async function newRequest(): Promise<ConversationId> {
    const about = { requestId: await newPurchaseRequest(chat, anna), sellerId: boris.userId }
    return (await openPurchaseRequest(chat, anna, about)).overview.conversation.id
  }

  const say = (id: ConversationId, actor: Actor) =>
    sendMessage(chat, actor, { conversationId: id, type: 'text', text: 'x' })

  async function see(actor: Actor, id: ConversationId) {
    const { overviews } = await listPage(chat, actor, { page: 1, limit: 100 })
    return overviews.find(({ conversation }) => conversation.id === id)
  }

  it('comes back to everybody when somebody writes in it, where it is about something', async () => {
    const id = await newRequest()
    await toggleArchived(chat, anna, id)
    await toggleArchived(chat, boris, id)
    await say(id, anna)
    expect([(await see(anna, id))?.isArchived, (await see(boris, id))?.isArchived]).toEqual([false, false])
    const events = await eventsOf(test, id)
    expect(events.at(-1)).toMatchObject({
      type: 'archive.changed',
      userIds: [anna.userId, boris.userId],
      isArchived: false,
    })
  })

  it('comes back once to who has both hidden and archived it', async () => {
    const id = await newRequest()
    await say(id, boris)
    await toggleArchived(chat, anna, id)
    await hideConversation(chat, anna, id)
    expect(await see(anna, id)).toBeUndefined()
    await say(id, boris)
    expect(await see(anna, id)).toMatchObject({ isArchived: false, unread: 2 })
    await say(id, boris)
    const events = await eventsOf(test, id)
    // Counts come last of what is numbered together.
    const told = events.map(({ type }) => type).filter((type) => type !== 'unread.changed')
    expect(told).toEqual([
      'conversation.created',
      'message.created',
      'archive.changed',
      'conversation.hidden',
      'message.created',
      'conversation.restored',
      'archive.changed',
      'message.created',
    ])
  })

  it('stays away until it is brought back, where it is about nothing', async () => {
    const { overview } = await createGroup(chat, anna, { memberIds: [boris.userId] })
    const { id } = overview.conversation
    await toggleArchived(chat, anna, id)
    await say(id, boris)
    await say(id, anna)
    expect(await see(anna, id)).toMatchObject({ isArchived: true, unread: 1 })
  })
})
