import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { setArchived } from '../../src/core/dialog-members.ts'
import {
  editDialogMessage,
  getDialogMessage,
  listDialogMessages,
  sendDialogMessage,
} from '../../src/core/dialog-messages.ts'
import { getDialog } from '../../src/core/dialogs.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { listMessages } from '../../src/core/messages.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId, MessageId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { newDialogId, newUser } from './dialogs-scene.ts'

eachStore('a message in a dialog', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    anna = await newUser(chat)
    boris = await newUser(chat)
    id = await newDialogId(chat, { of: [anna, boris] })
  })

  const send = async (actor: Actor, content = 'x') =>
    (await sendDialogMessage(chat, actor, { conversationId: id, content })).message

  const ownOf = async (actor: Actor) => (await getDialog(chat, actor, id, null)).own

  async function newFile(uploader: Actor): Promise<number> {
    const [file] = await chat.db.query<{ id: number }>(
      `insert into attachments
         (conversation_id, uploader_id, blob_key, filename, mime_type, size, expires_at, finalized_at)
       values ($1, $2, gen_random_uuid()::text, 'a.txt', 'text/plain', 1, now() + interval '1 hour', now())
       returning id`,
      [id, uploader.userId],
    )
    return file?.id ?? expect.fail()
  }

  it('keeps its formatting, safe to show, and others see its text', async () => {
    const content = '<p>Hello, <b onclick="x">you</b></p><p>&amp; all</p><script>alert(1)</script>'
    const sent = await send(anna, content)
    expect(sent).toMatchObject({
      html: '<p>Hello, <b>you</b></p><p>&amp; all</p>',
      text: 'Hello, you\n& all',
    })
    const { messages } = await listMessages(chat, { ...boris, reach: {} }, id, { limit: 1 })
    expect(messages).toEqual([sent])
  })

  it('is plain text where it has no markup, character for character', async () => {
    expect(await send(anna, ' a < b &amp; <x> ')).toMatchObject({ text: ' a < b &amp; <x> ', html: null })
  })

  it('has what is no character replaced, in an edit too', async () => {
    const { id: messageId, html } = await send(anna, '<b>\ud800</b>')
    expect(html).toBe('<b>\ufffd</b>')
    const place = { conversationId: id, id: messageId }
    const edited = await editDialogMessage(chat, anna, { ...place, content: '<i>\udc00</i>' })
    expect(edited).toMatchObject({ html: '<i>\ufffd</i>', text: '\ufffd' })
  })

  it('is refused where it is too long or says nothing', async () => {
    const invalid = { code: 'invalid', field: 'content' }
    await expect(send(anna, 'я'.repeat(25_001))).rejects.toMatchObject(invalid)
    for (const empty of ['', '  ', '<p></p>', '<p> <br></p>'])
      await expect(send(anna, empty)).rejects.toMatchObject(invalid)
    expect((await send(anna, 'я'.repeat(25_000))).text).toHaveLength(25_000)
  })

  it('may have files and no content', async () => {
    const attachmentIds = [await newFile(anna)]
    const input = { conversationId: id, content: '<p></p>', attachmentIds }
    const { message } = await sendDialogMessage(chat, anna, input)
    expect(message).toMatchObject({ text: null, html: null, attachments: [{ filename: 'a.txt' }] })
    const place = { conversationId: id, id: message.id }
    expect(await editDialogMessage(chat, anna, { ...place, content: 'with words' })).toMatchObject({
      text: 'with words',
    })
    expect(await editDialogMessage(chat, anna, { ...place, content: '' })).toMatchObject({ text: '' })
  })

  it('is sent once with one key', async () => {
    const input = { conversationId: id, content: 'x', clientKey: 'key' }
    const { message } = await sendDialogMessage(chat, anna, input)
    await send(boris)
    expect(await sendDialogMessage(chat, anna, input)).toMatchObject({
      created: false,
      message: { id: message.id },
    })
    expect(await ownOf(anna)).toMatchObject({ unread: 1 })
  })

  it('costs as many statements in a dialog of two as in one of three hundred', async () => {
    const crowd = Array.from({ length: 300 }, (_, n) => ({ userId: `crowd-${n}`, displayName: `${n}` }))
    const big = await newDialogId(chat, { of: [anna, boris, ...crowd] })
    const { db, statements } = countStatements(chat.db)
    const costOf = async (conversationId: ConversationId) => {
      // The first one writes down who hears of it, and is still to be read.
      await sendDialogMessage(chat, boris, { conversationId, content: 'x' })
      const before = statements()
      await sendDialogMessage({ ...chat, db }, anna, { conversationId, content: '<b>x</b>' })
      return statements() - before
    }
    expect(await costOf(id)).toBe(2)
    expect(await costOf(big)).toBe(2)
  })

  it('is read by its sender with all that came before it, which the others see', async () => {
    await send(boris)
    expect(await ownOf(anna)).toMatchObject({ unread: 1 })
    const { id: messageId } = await send(anna)
    expect(await ownOf(anna)).toMatchObject({ unread: 0 })
    const { participants } = await getDialog(chat, boris, id, null)
    expect(participants.find(({ userId }) => userId === anna.userId)?.lastReadMessageId).toBe(messageId)
    await test.settled()
    const read = test.delivered.filter(({ event }) => event.type === 'message.read')
    expect(read.at(-1)).toMatchObject({ event: { userId: anna.userId, messageId } })
    expect(read.at(-1)?.audience).toEqual(expect.arrayContaining([anna.userId, boris.userId]))
  })

  it('brings the dialog back to all who had put it away', async () => {
    await setArchived(chat, anna, id, true)
    await setArchived(chat, boris, id, true)
    await send(anna)
    expect([await ownOf(anna), await ownOf(boris)]).toMatchObject([
      { isArchived: false },
      { isArchived: false },
    ])
  })

  it('is edited by its author alone, formatting and all', async () => {
    const sent = await send(anna, '<b>one</b>')
    const place = { conversationId: id, id: sent.id }
    const edited = await editDialogMessage(chat, anna, { ...place, content: '<i>two</i>' })
    expect(edited).toMatchObject({ text: 'two', html: '<i>two</i>' })
    expect(edited.editedAt).not.toBeNull()
    const plain = await editDialogMessage(chat, anna, { ...place, content: 'three' })
    expect(plain).toMatchObject({ text: 'three', html: null })
    const invalid = { code: 'invalid', field: 'content' }
    await expect(editDialogMessage(chat, anna, { ...place, content: '' })).rejects.toMatchObject(invalid)
    const byBoris = editDialogMessage(chat, boris, { ...place, content: 'x' })
    await expect(byBoris).rejects.toMatchObject({ code: 'forbidden' })
    const { messages } = await listDialogMessages(chat, anna, id, { limit: 10 })
    const notice = { conversationId: id, id: messages[0]?.id ?? expect.fail() }
    const ofNobody = editDialogMessage(chat, anna, { ...notice, content: 'x' })
    await expect(ofNobody).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is got by who is in the dialog, unless it is deleted', async () => {
    const { id: messageId } = await send(anna)
    const place = { conversationId: id, id: messageId }
    expect(await getDialogMessage(chat, boris, place)).toMatchObject({ text: 'x' })
    await expect(getDialogMessage(chat, await newUser(chat), place)).rejects.toMatchObject({
      code: 'forbidden',
    })
    const elsewhere = { conversationId: await newDialogId(chat, { of: [boris] }), id: messageId }
    await expect(getDialogMessage(chat, boris, elsewhere)).rejects.toMatchObject({ code: 'not_found' })
    await deleteMessage(chat, anna, messageId, id)
    await expect(getDialogMessage(chat, boris, place)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is where the reader has to go on, if it is unread', async () => {
    const firstUnread = async (place: { before?: MessageId; around?: MessageId } = {}) => {
      const page = await listDialogMessages(chat, anna, id, { limit: 3, ...place })
      return { first: page.messages[0]?.id, unread: page.firstUnreadId }
    }
    const [one, two, three] = [await send(boris), await send(boris), await send(boris)]
    expect(await firstUnread()).toEqual({ first: one.id, unread: one.id })
    const older = await firstUnread({ before: two.id })
    expect(older.unread).toBe(older.first)
    await markRead(chat, anna, id, two.id)
    expect((await firstUnread()).unread).toBe(three.id)
    expect((await firstUnread({ around: two.id })).unread).toBeNull()
    await markRead(chat, anna, id)
    expect((await firstUnread()).unread).toBeNull()
    const own = await send(anna)
    expect((await firstUnread()).unread).toBeNull()
    await deleteMessage(chat, anna, own.id, id)
    expect((await firstUnread()).unread).toBeNull()
  })

  it('is in the middle of a page around it: half before it, half and itself from it on', async () => {
    const ids: MessageId[] = []
    for (let n = 0; n < 7; n++) ids.push((await send(boris)).id)
    const around = async (limit: number, target: number) => {
      const page = await listDialogMessages(chat, anna, id, { around: ids[target], limit })
      const places = page.messages.map((message) => ids.indexOf(message.id))
      return [places, page.hasBefore, page.hasAfter]
    }
    expect(await around(4, 3)).toEqual([[1, 2, 3, 4, 5], true, true])
    expect(await around(5, 3)).toEqual([[1, 2, 3, 4, 5], true, true])
    expect(await around(1, 3)).toEqual([[3], true, true])
    // The notice that the dialog began with is no message of theirs.
    expect(await around(4, 0)).toEqual([[-1, 0, 1, 2], false, true])
    expect(await around(4, 6)).toEqual([[4, 5, 6], true, false])
  })
})
