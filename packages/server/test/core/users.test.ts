import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sendImage } from '../../src/core/attachments.ts'
import { getConversation } from '../../src/core/conversations.ts'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { markRead, messageStatus } from '../../src/core/receipts.ts'
import { openSession, readSession } from '../../src/core/sessions.ts'
import type { Actor, Attachment, Chat, ConversationId } from '../../src/core/types.ts'
import { eraseUser, getUser, putUser } from '../../src/core/users.ts'
import type { MessageFate } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { picture } from './image-files.ts'

/** Of each race. */
const ROUNDS = 15

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
    (await listMessages(chat, seller, id, { limit: 10 })).messages
      .map(({ text, senderId }) => [senderId, text])
      .toReversed()
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

  it('leaves read what was read, with unlink', async () => {
    const statuses = async () => {
      const { messages, cursors } = await listMessages(chat, seller, id, { limit: 10 })
      return messages.map((message) => messageStatus(message, cursors)).toReversed()
    }
    await markRead(chat, seller, id)
    expect(await statuses()).toEqual(['sent', 'read', 'read'])
    await eraseUser(chat, buyer.userId, 'unlink')
    expect(await statuses()).toEqual(['sent', 'read', 'read'])
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

  it('keeps no session that was opened at the same time', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { userId } = await newActor(chat)
      const opened = Array.from({ length: 6 }, () => openSession(chat, userId, 60))
      const settled = Promise.allSettled(opened)
      await Promise.race(opened)
      await eraseUser(chat, userId, 'keep')
      await settled
      expect(await chat.db.query('select from sessions where user_id = $1', [userId])).toEqual([])
    }
  })

  it('is seen no more', async () => {
    chat.presence.seen(buyer.userId)
    chat.presence.seen(seller.userId)
    await eraseUser(chat, buyer.userId, 'keep')
    await chat.presence.save()
    expect((await getUser(chat, buyer.userId)).lastSeenAt).toBeNull()
    expect((await getUser(chat, seller.userId)).lastSeenAt).not.toBeNull()
  })

  it('sends nothing more', async () => {
    await eraseUser(chat, buyer.userId, 'keep')
    const late = sendMessage(chat, buyer, { conversationId: id, type: 'text', text: 'late' })
    await expect(late).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await texts()).toHaveLength(3)
    await sendMessage(chat, seller, { conversationId: id, type: 'text', text: 'are you there?' })
  })

  it.each<MessageFate>(['keep', 'unlink', 'delete'])('sends nothing that %s would miss', async (fate) => {
    for (let round = 0; round < ROUNDS; round++) {
      const writer = await newActor(chat)
      const ids = await Promise.all([1, 2].map(() => newConversation(chat, writer, seller)))
      const { early, sent } = await eraseAmongSends(writer, ids, fate)
      const refused = sent.filter((result) => result.status === 'rejected')
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'unauthenticated' })
      const after = await messagesOf(ids)
      expect(after).toHaveLength(early)
      expect(after).toHaveLength(sent.length - refused.length)
      if (fate === 'unlink') expect(after.filter(({ senderId }) => senderId !== null)).toEqual([])
      if (fate === 'delete') expect(after.filter(({ text }) => text !== null)).toEqual([])
    }
  })

  /** `early` is how many messages there were once the erasure had resolved. */
  async function eraseAmongSends(writer: Actor, ids: ConversationId[], fate: MessageFate) {
    const sends = Array.from({ length: 8 }, (_, n) =>
      sendMessage(chat, writer, { conversationId: ids[n % 2] ?? 0, type: 'text', text: `race ${n}` }),
    )
    const settled = Promise.allSettled(sends)
    await Promise.race(sends.slice(0, 3))
    await eraseUser(chat, writer.userId, fate)
    const early = (await messagesOf(ids)).length
    return { early, sent: await settled }
  }

  const messagesOf = (ids: ConversationId[]) =>
    chat.db.query<{ senderId: string | null; text: string | null }>(
      'select sender_id as "senderId", text from messages where conversation_id = any($1)',
      [ids],
    )
})
