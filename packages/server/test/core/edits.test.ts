import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sendImage } from '../../src/core/attachments.ts'
import { getConversation, totalUnread } from '../../src/core/conversations.ts'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { pinMessage } from '../../src/core/pins.ts'
import { addReaction, reactionsOf } from '../../src/core/reactions.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId, MessageId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { picture } from './image-files.ts'
import { archive, eventsOf, newColleague, newPlace, say } from './workspace-scene.ts'

eachStore('a message', (database) => {
  let test: TestChat
  let chat: Chat
  let author: Actor
  let owner: Actor
  let other: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    ;[author, owner, other] = [await newColleague(chat), await newColleague(chat), await newColleague(chat)]
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    id = await newPlace(chat, owner, { members: [author, other] })
  })

  const read = async (messageId: MessageId) =>
    (await listMessages(chat, other, id, { around: messageId, limit: 1, deleted: true })).messages[0]

  const typesOf = async () => (await eventsOf(test, id)).map(({ type }) => type)

  it('gets another text, and everybody hears of it', async () => {
    const sent = await sendMessage(chat, author, {
      conversationId: id,
      type: 'text',
      text: 'helo',
      mentions: [other.userId],
    })
    const edited = await editMessage(chat, author, sent.message.id, 'hello')
    expect(edited).toEqual({ ...sent.message, text: 'hello', editedAt: edited.editedAt })
    expect(edited.editedAt).toBeInstanceOf(Date)
    expect(await read(edited.id)).toEqual(edited)
    const event = (await eventsOf(test, id)).at(-1)
    expect(event).toMatchObject({ type: 'message.updated', message: edited, changeSeq: 2 })
  })

  it('is not edited by saying the same', async () => {
    const { id: messageId } = await say(chat, author, id, 'same')
    expect(await editMessage(chat, author, messageId, 'same')).toMatchObject({ editedAt: null })
    expect(await typesOf()).toEqual(['message.created'])
  })

  it('is edited by nobody else, nor once it is deleted', async () => {
    const { id: messageId } = await say(chat, author, id, 'mine')
    await expect(editMessage(chat, owner, messageId, 'x')).rejects.toMatchObject({ code: 'forbidden' })
    await deleteMessage(chat, author, messageId)
    await expect(editMessage(chat, author, messageId, 'x')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('of the system is edited by nobody, and deleted by admins only', async () => {
    const { message } = await sendMessage(chat, author, { conversationId: id, type: 'system', text: '{}' })
    await expect(editMessage(chat, author, message.id, 'x')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(deleteMessage(chat, author, message.id)).rejects.toMatchObject({ code: 'forbidden' })
    await deleteMessage(chat, owner, message.id)
    expect(await read(message.id)).toMatchObject({ text: null })
  })

  it('is left as it is in an archived conversation', async () => {
    const { id: messageId } = await say(chat, author, id, 'kept')
    await archive(chat, id)
    await expect(editMessage(chat, author, messageId, 'x')).rejects.toMatchObject({ code: 'conflict' })
    await expect(deleteMessage(chat, owner, messageId)).rejects.toMatchObject({ code: 'conflict' })
    expect(await read(messageId)).toMatchObject({ text: 'kept', deletedAt: null })
  })

  it('leaves nothing but its place when it is deleted, in the log neither', async () => {
    const { message } = await sendMessage(chat, author, {
      conversationId: id,
      type: 'text',
      text: 'secret one',
      mentions: [other.userId],
      clientKey: 'key',
    })
    await editMessage(chat, author, message.id, 'secret two')
    await addReaction(chat, other, message.id, '👍')
    await pinMessage(chat, other, message.id)
    await test.settled()
    await deleteMessage(chat, owner, message.id)
    const left = await read(message.id)
    const nothing = { text: null, mentions: [], attachments: [], linkPreviews: [], pinnedAt: null }
    expect(left).toMatchObject({ ...nothing, id: message.id, senderId: author.userId, seq: 1 })
    expect(left?.deletedAt).toBeInstanceOf(Date)
    expect(await reactionsOf(chat.db, other, [message.id])).toEqual(new Map())
    const logged = await chat.db.query(`select from events where payload::text like '%secret%'`)
    expect(logged).toEqual([])
    expect((await eventsOf(test, id)).at(-1)).toMatchObject({
      type: 'message.deleted',
      messageId: message.id,
      deletedAt: left?.deletedAt,
      changeSeq: 5,
    })
    // The same key again is the same message, deleted or not.
    const again = { conversationId: id, type: 'text', text: 'secret one', clientKey: 'key' } as const
    expect(await sendMessage(chat, author, again)).toMatchObject({ created: false, message: left })
  })

  it('is deleted once, however often and at once it is asked', async () => {
    const { id: messageId } = await say(chat, author, id, 'x')
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => deleteMessage(chat, n % 2 ? author : owner, messageId)),
    )
    await deleteMessage(chat, author, messageId)
    expect(await typesOf()).toEqual(['message.created', 'message.deleted'])
  })

  it('is deleted by its author and by admins only, and between two people by its author', async () => {
    const { id: messageId } = await say(chat, author, id, 'x')
    await expect(deleteMessage(chat, other, messageId)).rejects.toMatchObject({ code: 'forbidden' })
    const pair = await newPlace(chat, owner, { kind: 'direct', members: [author] })
    const { id: theirs } = await say(chat, author, pair, 'x')
    await expect(deleteMessage(chat, owner, theirs)).rejects.toMatchObject({ code: 'forbidden' })
    await deleteMessage(chat, author, theirs)
  })

  it('takes its files along', async () => {
    const bytes = await picture().jpeg().toBuffer()
    const { message } = await sendImage(chat, author, {
      conversationId: id,
      read: () => Promise.resolve(bytes),
    })
    const [file] = message.attachments
    const blob = await chat.blobs.open(file?.blobKey ?? '')
    expect(blob).not.toBeNull()
    blob?.stream.destroy()
    await deleteMessage(chat, author, message.id)
    expect(await chat.blobs.open(file?.blobKey ?? '')).toBeNull()
    expect(await chat.db.query('select from attachments where message_id = $1', [message.id])).toEqual([])
    expect(await chat.db.query('select from doomed_blobs')).toEqual([])
  })

  it('was the last one: the one before it is', async () => {
    const first = await say(chat, author, id, 'first')
    const second = await say(chat, author, id, 'second')
    const third = await say(chat, author, id, 'third')
    const lastOf = async () => (await getConversation(chat, other, id)).lastMessage?.id
    await deleteMessage(chat, author, second.id)
    expect(await lastOf()).toBe(third.id)
    await deleteMessage(chat, author, third.id)
    expect(await lastOf()).toBe(first.id)
    await deleteMessage(chat, author, first.id)
    expect(await lastOf()).toBeUndefined()
  })

  it('counts as unread no longer, and of two people the one who had not read it is told', async () => {
    const pair = await newPlace(chat, author, { kind: 'direct', members: [other] })
    const before = await totalUnread(chat, other)
    const first = await say(chat, author, pair, 'first')
    await markRead(chat, other, pair)
    const second = await say(chat, author, pair, 'second')
    expect(await totalUnread(chat, other)).toBe(before + 1)
    await deleteMessage(chat, author, first.id)
    await deleteMessage(chat, author, second.id)
    expect(await totalUnread(chat, other)).toBe(before)
    const told = (await eventsOf(test, pair)).slice(-3)
    expect(told).toMatchObject([
      { type: 'message.deleted', messageId: first.id },
      { type: 'message.deleted', messageId: second.id },
      { type: 'unread.changed', userId: other.userId, counts: { unread: 0 } },
    ])
  })

  it('has the text of one of two edits, and hears of both in that order', async () => {
    const { id: messageId } = await say(chat, author, id, 'x')
    await Promise.all(['one', 'two'].map((text) => editMessage(chat, author, messageId, text)))
    const texts = (await eventsOf(test, id)).map((event) =>
      event.type === 'message.updated' ? event.message.text : event.type,
    )
    expect(texts).toHaveLength(3)
    expect(await read(messageId)).toMatchObject({ text: texts.at(-1) })
  })

  it('stays deleted when it is edited at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const { id: messageId } = await say(chat, author, id, 'x')
      await Promise.allSettled([
        editMessage(chat, author, messageId, 'edited'),
        deleteMessage(chat, author, messageId),
      ])
      expect(await read(messageId)).toMatchObject({ text: null })
      expect((await typesOf()).at(-1)).toBe('message.deleted')
    }
  })

  it('is answered before it is deleted, or not at all', async () => {
    for (let round = 0; round < 5; round++) {
      const { id: messageId } = await say(chat, author, id, 'x')
      const reply = { conversationId: id, type: 'text', text: 're', replyToId: messageId } as const
      const [replied] = await Promise.allSettled([
        sendMessage(chat, other, reply),
        deleteMessage(chat, author, messageId),
      ])
      const types = (await typesOf()).slice(-2)
      if (replied.status === 'fulfilled') expect(types).toEqual(['message.created', 'message.deleted'])
      else expect(replied.reason).toMatchObject({ code: 'invalid', field: 'replyToId' })
    }
  })
})
