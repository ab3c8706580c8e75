import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { createTicket, MAX_FILE_BYTES, storeUpload } from '../../src/core/tickets.ts'
import type { Actor, Attachment, Chat, ConversationId } from '../../src/core/types.ts'
import { finalizeAttachment, listAttachments } from '../../src/core/uploads.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { picture } from './image-files.ts'
import { docx } from './zip-files.ts'
import { archive, eventsOf, join, leave, newColleague, newPlace, say } from './workspace-scene.ts'
import { readBlob, uploadKeys } from './upload-scene.ts'

const TEXT = Buffer.from('one, two, three')
const PROGRAM = Buffer.from('MZ\x90\0\x03\0', 'latin1')
const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

eachStore('an upload', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let other: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    owner = await newColleague(chat)
    other = await newColleague(chat)
    id = await newPlace(chat, owner, { members: [other] })
  })

  const ticket = (file: { mimeType?: string; size?: number } = {}, actor = owner, conversationId = id) =>
    createTicket(chat, actor, {
      conversationId,
      filename: 'notes.txt',
      mimeType: 'text/plain',
      size: TEXT.length,
      ...file,
    })

  async function upload(bytes: Buffer = TEXT, mimeType = 'text/plain', actor = owner): Promise<number> {
    const { attachmentId } = await ticket({ mimeType, size: bytes.length }, actor)
    await storeUpload(chat, attachmentId, Readable.from([bytes]))
    return attachmentId
  }

  const finalized = async (bytes?: Buffer, mimeType?: string): Promise<Attachment> =>
    finalizeAttachment(chat, owner, await upload(bytes, mimeType))

  const send = (attachmentIds: number[], actor = owner) =>
    sendMessage(chat, actor, { conversationId: id, type: 'text', text: null, attachmentIds })

  const stored = (key: string | null) => readBlob(chat, key)
  const keysOf = (attachmentId: number) => uploadKeys(chat, attachmentId)
  const doomed = () => chat.db.query('select blob_key from doomed_blobs')

  it('is allowed to members, unless the conversation is archived', async () => {
    const outsider = await newColleague(chat)
    const stranger = await newColleague(chat, 'globex')
    await expect(ticket({}, outsider)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(ticket({}, stranger)).rejects.toMatchObject({ code: 'not_found' })
    await archive(chat, id)
    await expect(ticket()).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is limited in its size, an image more than another file', async () => {
    await ticket({ size: MAX_FILE_BYTES })
    const tooLarge = { code: 'too_large', field: 'size' }
    await expect(ticket({ size: MAX_FILE_BYTES + 1 })).rejects.toMatchObject(tooLarge)
    await ticket({ mimeType: 'image/png', size: 10 * 1024 * 1024 })
    await expect(ticket({ mimeType: 'IMAGE/PNG', size: 10 * 1024 * 1024 + 1 })).rejects.toMatchObject(
      tooLarge,
    )
  })

  it('is refused to whoever leaves too many unsent', async () => {
    for (let n = 0; n < 100; n++) await ticket()
    await expect(ticket()).rejects.toMatchObject({ code: 'conflict' })
    await ticket({}, other)
  })

  it('is checked, sent, and there for the others', async () => {
    const file = await finalized()
    expect(file).toMatchObject({
      filename: 'notes.txt',
      mimeType: 'text/plain',
      size: TEXT.length,
      width: null,
    })
    const { message } = await send([file.id])
    expect(message).toMatchObject({ type: 'file', text: null, attachments: [file] })
    const { messages } = await listMessages(chat, other, id, { limit: 1 })
    expect(messages).toEqual([message])
    expect((await eventsOf(test, id)).at(-1)).toMatchObject({ type: 'message.created', message })
    expect(await stored(file.blobKey)).toEqual(TEXT)
  })

  it('of an image is written anew, with a thumbnail', async () => {
    const original = await picture()
      .withExif({ IFD0: { Make: 'SecretCamera' } })
      .png()
      .toBuffer()
    const attachmentId = await upload(original, 'image/png')
    const [before = ''] = await keysOf(attachmentId)
    const image = await finalizeAttachment(chat, owner, attachmentId)
    expect(image).toMatchObject({ filename: 'notes.txt', mimeType: 'image/png', width: 300, height: 200 })
    const renewed = await stored(image.blobKey)
    expect(renewed?.length).toBe(image.size)
    expect(renewed?.includes('SecretCamera')).toBe(false)
    expect(await stored(image.thumbnailKey)).not.toBeNull()
    expect(await stored(before)).toBeNull()
    expect(await doomed()).toEqual([])
    expect((await send([image.id, (await finalized(original, 'image/png')).id])).message.type).toBe('image')
  })

  it.each([
    ['text', 'image/png', TEXT],
    ['text', 'application/pdf', TEXT],
    ['text', 'application/zip', Buffer.from('P')],
    ['a program', 'application/pdf', PROGRAM],
    ['a program', 'text/plain', PROGRAM],
    ['a program', WORD, PROGRAM],
  ])('of %s as %s is refused', async (_, mimeType, bytes) => {
    const attachmentId = await upload(bytes, mimeType)
    const refused = { code: 'unsupported_type', field: 'attachmentId' }
    await expect(finalizeAttachment(chat, owner, attachmentId)).rejects.toMatchObject(refused)
  })

  it('of one kind of image as another is refused', async () => {
    const attachmentId = await upload(await picture().jpeg().toBuffer(), 'image/png')
    await expect(finalizeAttachment(chat, owner, attachmentId)).rejects.toMatchObject({
      code: 'unsupported_type',
      field: 'attachmentId',
    })
    expect(await doomed()).toEqual([])
  })

  it.each([
    ['a PDF', 'application/pdf', Buffer.from('%PDF-1.7 …')],
    ['a document', WORD, docx()],
    ['a document', 'application/zip', docx()],
    ['a page', 'text/plain', Buffer.from('<!doctype html>')],
    ['a drawing', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a program', 'application/octet-stream', PROGRAM],
    ['a text that begins like a bitmap', 'text/plain', Buffer.from('BMW, 3 doors')],
  ])('of %s as %s is taken, to be downloaded', async (_, mimeType, bytes) => {
    const file = await finalized(bytes, mimeType)
    expect(file).toMatchObject({ mimeType, width: null, blobKey: expect.stringMatching(/\.bin$/) as string })
    expect(await stored(file.blobKey)).toEqual(bytes)
  })

  it.each([
    ['short', [TEXT.subarray(1)], 'invalid'],
    ['long', [TEXT, Buffer.from('!')], 'too_large'],
  ])('that is too %s is not stored', async (_, chunks, code) => {
    const { attachmentId } = await ticket()
    await expect(storeUpload(chat, attachmentId, Readable.from(chunks))).rejects.toMatchObject({ code })
    expect(await doomed()).toEqual([])
    await expect(finalizeAttachment(chat, owner, attachmentId)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('may be repeated until it is finalized, and no longer', async () => {
    const attachmentId = await upload(Buffer.from('one, two, wrong'))
    await storeUpload(chat, attachmentId, Readable.from([TEXT]))
    const { blobKey } = await finalizeAttachment(chat, owner, attachmentId)
    const late = storeUpload(chat, attachmentId, Readable.from([Buffer.from('one, two, wrong')]))
    await expect(late).rejects.toMatchObject({ code: 'conflict' })
    expect(await stored(blobKey)).toEqual(TEXT)
    expect(await doomed()).toEqual([])
  })

  it('that ends after it was finalized changes nothing', async () => {
    const attachmentId = await upload()
    async function* slow() {
      yield Buffer.from('one, two, ')
      await finalizeAttachment(chat, owner, attachmentId)
      yield Buffer.from('wrong')
    }
    await expect(storeUpload(chat, attachmentId, Readable.from(slow()))).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await stored((await keysOf(attachmentId))[0] ?? null)).toEqual(TEXT)
    expect(await doomed()).toEqual([])
  })

  it('is nobody else’s to finalize or to send', async () => {
    const attachmentId = await upload()
    await expect(finalizeAttachment(chat, other, attachmentId)).rejects.toMatchObject({ code: 'not_found' })
    const file = await finalizeAttachment(chat, owner, attachmentId)
    await expect(send([file.id], other)).rejects.toMatchObject({ code: 'invalid', field: 'attachmentIds' })
  })

  it('is no longer its uploader’s once they have left', async () => {
    const attachmentId = await upload(TEXT, 'text/plain', other)
    await leave(chat, id, other)
    await expect(finalizeAttachment(chat, other, attachmentId)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('goes into one message of its conversation, once it is finalized', async () => {
    const refused = { code: 'invalid', field: 'attachmentIds' }
    const attachmentId = await upload()
    await expect(send([attachmentId])).rejects.toMatchObject(refused)
    await finalizeAttachment(chat, owner, attachmentId)
    const elsewhere = await newPlace(chat, owner)
    const wrong = {
      conversationId: elsewhere,
      type: 'text' as const,
      text: 'x',
      attachmentIds: [attachmentId],
    }
    await expect(sendMessage(chat, owner, wrong)).rejects.toMatchObject(refused)
    await send([attachmentId, attachmentId])
    await expect(send([attachmentId])).rejects.toMatchObject(refused)
    const many = Array.from({ length: 11 }, (_, n) => n + 1)
    await expect(send(many)).rejects.toMatchObject(refused)
  })

  it('goes into one of two messages that are sent at once', async () => {
    const file = await finalized()
    const results = await Promise.allSettled([send([file.id]), send([file.id])])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('is put into an own message that was sent before', async () => {
    const message = await say(chat, owner, id, 'here it is')
    const attachmentId = await upload()
    const file = await finalizeAttachment(chat, owner, attachmentId, message.id)
    expect(await finalizeAttachment(chat, owner, attachmentId, message.id)).toMatchObject({ id: file.id })
    const { messages } = await listMessages(chat, other, id, { limit: 1 })
    expect(messages).toEqual([{ ...message, type: 'file', attachments: [file] }])
    const events = await eventsOf(test, id)
    expect(events.map(({ type }) => type)).toEqual(['message.created', 'message.updated'])
    expect(events.at(-1)).toMatchObject({ message: messages[0], changeSeq: 2 })
    const later = await say(chat, owner, id, 'and again')
    await expect(finalizeAttachment(chat, owner, attachmentId, later.id)).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('is put into nobody else’s message, nor into a deleted one', async () => {
    const attachmentId = await upload()
    const theirs = await say(chat, other, id, 'mine')
    await expect(finalizeAttachment(chat, owner, attachmentId, theirs.id)).rejects.toMatchObject({
      code: 'forbidden',
    })
    const gone = await say(chat, owner, id, 'gone')
    await deleteMessage(chat, owner, gone.id)
    await expect(finalizeAttachment(chat, owner, attachmentId, gone.id)).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('is listed with the files of its conversation once it is sent, page by page', async () => {
    const files = [await finalized(), await finalized(), await finalized()]
    const [a, b, c] = files.map((file) => file.id)
    await send([b ?? 0])
    await send([a ?? 0, c ?? 0])
    await finalized()
    const idsOf = (page: Attachment[]) => page.map((file) => file.id)
    const first = await listAttachments(chat, other, id, { before: null, limit: 2 })
    expect(idsOf(first)).toEqual([c, a])
    expect(idsOf(await listAttachments(chat, other, id, { before: first[1] ?? null, limit: 2 }))).toEqual([b])
  })

  it('is listed to newcomers only where they see the message', async () => {
    id = await newPlace(chat, owner, { historyMode: 'since_join' })
    await send([(await finalized()).id])
    const newcomer = await newColleague(chat)
    await join(chat, id, newcomer)
    const { message } = await send([(await finalized()).id])
    const seen = await listAttachments(chat, newcomer, id, { before: null, limit: 10 })
    expect(seen.map(({ messageId }) => messageId)).toEqual([message.id])
    await deleteMessage(chat, owner, message.id)
    expect(await listAttachments(chat, newcomer, id, { before: null, limit: 10 })).toEqual([])
    expect(await stored(message.attachments[0]?.blobKey ?? null)).toBeNull()
  })
})
