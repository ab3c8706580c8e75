import { afterAll, beforeAll, expect, it } from 'vitest'
import { hideConversation, listConversations } from '../../src/core/conversations.ts'
import { openAboutSubject } from '../../src/core/creation.ts'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { markDelivered, markRead, messageStatus } from '../../src/core/receipts.ts'
import { putSubject } from '../../src/core/subjects.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('conversations', (database) => {
  let test: TestChat
  let chat: Chat
  let seller: Actor
  let buyer: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    seller = await newActor(chat)
    buyer = await newActor(chat)
    id = await newConversation(chat, buyer, seller)
  })
  afterAll(() => test.close())

  const send = (actor: Actor, text: string, clientKey?: string) =>
    sendMessage(chat, actor, { conversationId: id, type: 'text', text, clientKey })

  it('are one however many ask at once', async () => {
    const about = { type: 'product', id: 'race' }
    await putSubject(chat, { ...about, title: 'x', url: null, ownerId: seller.userId, details: {} })
    const opened = await Promise.all(Array.from({ length: 32 }, () => openAboutSubject(chat, buyer, about)))
    expect(new Set(opened.map(({ overview }) => overview.conversation.id)).size).toBe(1)
    expect(opened.filter(({ created }) => created)).toHaveLength(1)
  })

  it('are not begun with somebody who has been erased', async () => {
    const gone = await newActor(chat)
    const about = { type: 'product', id: 'orphan' }
    await putSubject(chat, { ...about, title: 'x', url: null, ownerId: gone.userId, details: {} })
    await eraseUser(chat, gone.userId, 'keep')
    await expect(openAboutSubject(chat, buyer, about)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('keep one message for one key, however often and at once it is sent', async () => {
    const sent = await Promise.all(Array.from({ length: 16 }, () => send(buyer, 'once', 'key-1')))
    expect(new Set(sent.map(({ message }) => message.id)).size).toBe(1)
    expect(sent.filter(({ created }) => created)).toHaveLength(1)
    expect(await send(seller, 'mine', 'key-1')).toMatchObject({ created: true })
    await test.settled()
    const events = test.delivered.filter(
      ({ event }) => event.type === 'message.created' && event.message.text === 'once',
    )
    expect(events).toHaveLength(1)
  })

  it('answer a repeat with what has become of the first message', async () => {
    const { message } = await send(buyer, 'seen?', 'key-2')
    await markRead(chat, seller, id)
    const again = await send(buyer, 'seen?', 'key-2')
    expect(again.message.id).toBe(message.id)
    expect(messageStatus(again.message, again.cursors)).toBe('read')
  })

  it('number their messages without gaps in the order of ids, whoever sends', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => send(n % 2 ? buyer : seller, String(n))))
    const { messages } = await listMessages(chat, buyer, id, { limit: 100 })
    const seqs = messages.map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, i) => i + 1))
    const times = messages.map(({ createdAt }) => createdAt.getTime())
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('move cursors forward only', async () => {
    const { message: first } = await send(seller, 'first')
    const { message: second } = await send(seller, 'second')
    await markDelivered(chat, buyer, { conversationId: id, lastMessageId: second.id })
    await markDelivered(chat, buyer, { conversationId: id, lastMessageId: first.id })
    const after = await listMessages(chat, seller, id, { limit: 2 })
    expect(after.messages.map((message) => messageStatus(message, after.cursors))).toEqual([
      'delivered',
      'delivered',
    ])
    await markRead(chat, buyer, id)
    const read = await listMessages(chat, seller, id, { limit: 2 })
    expect(read.messages.map((message) => messageStatus(message, read.cursors))).toEqual(['read', 'read'])
  })

  it('refuse to deliver what is no message of theirs', async () => {
    const other = await newConversation(chat, buyer, seller)
    const { message } = await sendMessage(chat, buyer, { conversationId: other, type: 'text', text: 'x' })
    await send(buyer, 'newer than that')
    await expect(
      markDelivered(chat, seller, { conversationId: id, lastMessageId: message.id }),
    ).rejects.toMatchObject({ code: 'invalid', field: 'lastMessageId' })
  })

  it('come back to whoever hid them with the next message, their own included', async () => {
    const listed = async (actor: Actor) =>
      (await listConversations(chat, actor, { limit: 100 })).map(({ conversation }) => conversation.id)
    await hideConversation(chat, buyer, id)
    expect(await listed(buyer)).not.toContain(id)
    expect(await listed(seller)).toContain(id)
    await send(seller, 'are you there?')
    expect(await listed(buyer)).toContain(id)
    await hideConversation(chat, buyer, id)
    await send(buyer, 'I am')
    expect(await listed(buyer)).toContain(id)
  })

  it('are not found by a dialect that cannot represent them', async () => {
    await expect(
      listMessages(chat, { ...buyer, reach: { kinds: ['group'] } }, id, { limit: 1 }),
    ).rejects.toMatchObject({ code: 'not_found' })
    expect(
      await listConversations(
        chat,
        { ...buyer, reach: { kinds: ['direct'], subjectTypes: ['purchase_request'] } },
        { limit: 10 },
      ),
    ).toEqual([])
  })
})
