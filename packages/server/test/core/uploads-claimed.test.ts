import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sendMessage } from '../../src/core/sending.ts'
import { createTicket, storeUpload } from '../../src/core/tickets.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { finalizeClaimed, getAttachment } from '../../src/core/uploads.ts'
import type { ClaimedUpload } from '../../src/core/uploads.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { picture } from './image-files.ts'
import { readBlob } from './upload-scene.ts'
import { leave, newColleague, newPlace } from './workspace-scene.ts'

const TEXT = Buffer.from('one, two, three')
const LARGE = 100 * 1024 * 1024

eachStore('an upload that its sender describes again', (database) => {
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

  async function upload(bytes: Buffer = TEXT, mimeType = 'text/plain') {
    const file = { conversationId: id, filename: 'a file', mimeType, size: bytes.length }
    const { attachmentId } = await createTicket(chat, owner, file, { maxBytes: LARGE, seconds: 300 })
    await storeUpload(chat, attachmentId, Readable.from([bytes]))
    return { id: attachmentId, mimeType, size: bytes.length }
  }

  const claim = (claims: ClaimedUpload[], actor = owner, place = id) =>
    finalizeClaimed(chat, actor, place, claims)

  async function send(attachmentIds: number[]) {
    const { message } = await sendMessage(chat, owner, {
      conversationId: id,
      type: 'text',
      text: null,
      attachmentIds,
    })
    return message.attachments
  }

  it('is checked, again where the send is repeated, and sent', async () => {
    const claims = [await upload(), await upload(await picture().png().toBuffer(), 'image/png')]
    const ids = await claim(claims)
    expect(await claim(claims)).toEqual(ids)
    const [file, image] = await send(ids)
    expect(file).toMatchObject({ id: claims[0]?.id, mimeType: 'text/plain', thumbnailKey: null })
    expect(image).toMatchObject({ id: claims[1]?.id, mimeType: 'image/png', width: 300, height: 200 })
    expect(await readBlob(chat, image?.thumbnailKey ?? null)).not.toBeNull()
  })

  it('is refused where it is not as described, is another’s, or is none', async () => {
    const file = await upload()
    const elsewhere = await newPlace(chat, owner)
    const refused = { code: 'invalid', field: 'attachmentIds' }
    for (const wrong of [{ id: null }, { id: 999_999 }, { size: 14 }, { mimeType: 'text/csv' }]) {
      await expect(claim([{ ...file, ...wrong }])).rejects.toMatchObject(refused)
    }
    await expect(claim([file], other)).rejects.toMatchObject(refused)
    await expect(claim([file], owner, elsewhere)).rejects.toMatchObject(refused)
    await expect(claim([file], await newColleague(chat))).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is refused until it has been uploaded', async () => {
    const file = { conversationId: id, filename: 'a file', mimeType: 'text/plain', size: 15 }
    const { attachmentId } = await createTicket(chat, owner, file)
    await expect(claim([{ ...file, id: attachmentId }])).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is kept as it is where it is an image too large to be written anew', async () => {
    const photo = await picture().jpeg().toBuffer()
    const large = Buffer.concat([photo, randomBytes(10 * 1024 * 1024)])
    const [image] = await send(await claim([await upload(large, 'image/jpeg')]))
    expect(image).toMatchObject({ size: large.length, width: null, height: null, thumbnailKey: null })
    expect(image?.blobKey).toMatch(/\.jpg$/)
    expect((await readBlob(chat, image?.blobKey ?? null))?.equals(large)).toBe(true)
  })

  it('is there for those who see its message, once there is one', async () => {
    const file = await upload()
    await claim([file])
    await expect(getAttachment(chat, owner, file.id)).rejects.toMatchObject({ code: 'not_found' })
    const [sent] = await send([file.id])
    expect(await getAttachment(chat, other, file.id)).toMatchObject({ ...sent })
    await leave(chat, id, other)
    await expect(getAttachment(chat, other, file.id)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(getAttachment(chat, owner, 999_999)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('waits a day for its message, however soon the time to upload it was over', async () => {
    const { id: attachmentId } = await upload()
    const [left] = await chat.db.query<{ hours: number }>(
      'select extract(epoch from expires_at - now())::float8 / 3600 as hours from attachments where id = $1',
      [attachmentId],
    )
    expect(Math.round(left?.hours ?? 0)).toBe(24)
  })
})
