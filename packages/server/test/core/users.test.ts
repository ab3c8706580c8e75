import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sendImage } from '../../src/core/attachments.ts'
import { getConversation } from '../../src/core/conversations.ts'
import { listMessages, sendMessage } from '../../src/core/messages.ts'
import { openSession, readSession } from '../../src/core/sessions.ts'
import type { Actor, Attachment, Chat, ConversationId } from '../../src/core/types.ts'
import { eraseUser, getUser, putUser } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { picture } from './image-files.ts'

eachStore('an erased user', (database) => {
  let test: TestChat
  let chat: Chat
  let seller: Actor
  let buyer: Actor
  let id: ConversationId
  let session: string
  let image: Attachment

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
  })
  afterAll(() => test.close())

  beforeEach(async () => {
    seller = await newActor(chat, 'Seller')
    buyer = await newActor(chat, 'Buyer')
    id = await newConversation(chat, buyer, seller)
    session = (await openSession(chat, buyer.userId, 60)).session
    const bytes = await picture().jpeg().toBuffer()
    const sent = await sendImage(chat, buyer, { conversationId: id, read: () => Promise.resolve(bytes) })
    image = sent.message.attachments[0] ?? expect.fail('the image has no file')
    await sendMessage(chat, buyer, { conversationId: id, type: 'text', text: `telephone ${id}` })
    await sendMessage(chat, seller, { conversationId: id, type: 'text', text: 'thank you' })
    await test.settled()
  })

  const texts = async () =>
    (await listMessages(chat, seller, id, { before: null, limit: 10 })).messages.map(({ text, senderId }) => [
      senderId,
      text,
    ])
  const logHolds = async (text: string) =>
    (await chat.db.query(`select from events where payload::text like '%' || $1 || '%'`, [text])).length > 0

  it('loses profile and sessions, and nobody loses a message, with keep', async () => {
    expect(await eraseUser(chat, buyer.userId, 'keep')).toEqual({ sessions: 1, messages: 0, attachments: 0 })
    expect(await readSession(chat, session)).toBeNull()
    expect(await getUser(chat, buyer.userId)).toMatchObject({ displayName: 'Deleted user', avatarUrl: null })
    expect((await getConversation(chat, seller, id)).companion?.displayName).toBe('Deleted user')
    expect(await texts()).toEqual([
      [seller.userId, 'thank you'],
      [buyer.userId, `telephone ${id}`],
      [buyer.userId, null],
    ])
    await expect(openSession(chat, buyer.userId, 60)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is no longer named by the messages, nor by the log, with unlink', async () => {
    const marker = `"senderId": "${buyer.userId}"`
    expect(await logHolds(marker)).toBe(true)
    expect(await eraseUser(chat, buyer.userId, 'unlink')).toEqual({
      sessions: 1,
      messages: 2,
      attachments: 0,
    })
    expect(await texts()).toEqual([
      [seller.userId, 'thank you'],
      [null, `telephone ${id}`],
      [null, null],
    ])
    expect(await logHolds(marker)).toBe(false)
  })

  it('takes texts, files and what the log held of them along, with delete', async () => {
    expect(await logHolds(`telephone ${id}`)).toBe(true)
    expect(await eraseUser(chat, buyer.userId, 'delete')).toEqual({
      sessions: 1,
      messages: 2,
      attachments: 2,
    })
    expect(await texts()).toEqual([[seller.userId, 'thank you']])
    expect(await logHolds(`telephone ${id}`)).toBe(false)
    expect(await chat.blobs.open(image.blobKey)).toBeNull()
    expect(await chat.blobs.open(image.thumbnailKey ?? '')).toBeNull()
    await test.settled()
    const gone = test.delivered.filter(({ event }) => event.type === 'message.deleted')
    expect(gone.slice(-2).map(({ audience }) => audience)).toEqual([
      expect.arrayContaining([seller.userId]),
      expect.arrayContaining([seller.userId]),
    ])
  })

  it('is erased once: again there is nothing left to do', async () => {
    await eraseUser(chat, buyer.userId, 'delete')
    expect(await eraseUser(chat, buyer.userId, 'delete')).toEqual({
      sessions: 0,
      messages: 0,
      attachments: 0,
    })
    await expect(eraseUser(chat, 'nobody', 'keep')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('comes back when the host creates the same id again', async () => {
    await eraseUser(chat, buyer.userId, 'keep')
    await putUser(chat, { id: buyer.userId, displayName: 'New', avatarUrl: null, role: 'user', orgId: null })
    expect(await getUser(chat, buyer.userId)).toMatchObject({ displayName: 'New', erasedAt: null })
    await openSession(chat, buyer.userId, 60)
  })
})
