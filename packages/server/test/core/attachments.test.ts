import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sendImage } from '../../src/core/attachments.ts'
import type { BlobStore } from '../../src/core/blobs.ts'
import type { Actor, Attachment, Chat, ConversationId } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { startHousekeeping } from '../../src/jobs/housekeeping.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { picture } from './image-files.ts'

const cut = () => Promise.reject(new Error('cut'))

eachStore('the files of an image', (database) => {
  let test: TestChat
  let chat: Chat
  let sender: Actor
  let id: ConversationId
  let bytes: Buffer

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    bytes = await picture().jpeg().toBuffer()
  })
  afterAll(() => test.close())

  beforeEach(async () => {
    sender = await newActor(chat)
    id = await newConversation(chat, sender, await newActor(chat))
  })

  const send = (through: Chat = chat, clientKey?: string) =>
    sendImage(through, sender, { conversationId: id, read: () => Promise.resolve(bytes), clientKey })

  const withBlobs = (blobs: Partial<BlobStore>): Chat => ({ ...chat, blobs: { ...chat.blobs, ...blobs } })

  async function doomed(): Promise<string[]> {
    const rows = await chat.db.query<{ key: string }>('select blob_key as key from doomed_blobs')
    return rows.map(({ key }) => key)
  }

  const keysOf = ({ blobKey, thumbnailKey }: Attachment) => [
    blobKey,
    thumbnailKey ?? expect.fail('no thumbnail'),
  ]

  async function stored(keys: string[]): Promise<string[]> {
    const blobs = await Promise.all(keys.map((key) => chat.blobs.open(key)))
    blobs.forEach((blob) => blob?.stream.destroy())
    return keys.filter((_, n) => blobs[n])
  }

  async function keepHouse(): Promise<void> {
    const faults: unknown[] = []
    const stop = startHousekeeping({ chat, recoveryHours: 1, onError: (error) => faults.push(error) })
    await stop()
    expect(faults).toEqual([])
  }

  const keepHouseTomorrow = async () => {
    await chat.db.query(`update doomed_blobs set created_at = created_at - interval '1 day'`)
    await keepHouse()
  }

  it('are no longer doomed once the message has committed', async () => {
    const { message } = await send()
    const keys = message.attachments.flatMap(keysOf)
    expect(await doomed()).toEqual([])
    await keepHouseTomorrow()
    expect(await stored(keys)).toEqual(keys)
  })

  it('go at once where the message was sent before, or is refused', async () => {
    await send(chat, 'once')
    const put: string[] = []
    const noting = withBlobs({
      async put(key, content) {
        put.push(key)
        await chat.blobs.put(key, content)
      },
    })
    expect(await send(noting, 'once')).toMatchObject({ created: false })
    const leaving = withBlobs({
      async put(key, content) {
        await noting.blobs.put(key, content)
        await eraseUser(chat, sender.userId, 'keep')
      },
    })
    await expect(send(leaving)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(put).toHaveLength(4)
    expect(await stored(put)).toEqual([])
    expect(await doomed()).toEqual([])
  })

  it('are collected after an upload that was cut short, though not while it may go on', async () => {
    const dying = withBlobs({
      put: (key, content) => (key.includes('_thumb') ? cut() : chat.blobs.put(key, content)),
    })
    await expect(send(dying)).rejects.toThrow('cut')
    const keys = await doomed()
    expect(keys).toHaveLength(2)
    await keepHouse()
    expect(await stored(keys)).toHaveLength(1)
    await keepHouseTomorrow()
    expect(await stored(keys)).toEqual([])
    expect(await doomed()).toEqual([])
  })

  it('stay where the connection is lost after the commit', async () => {
    const losing: Chat = {
      ...chat,
      db: { ...chat.db, transaction: (work) => chat.db.transaction(work).then(cut) },
    }
    await expect(send(losing)).rejects.toThrow('cut')
    await keepHouseTomorrow()
    const [key] = await chat.db.query<Attachment>(
      `select blob_key as "blobKey", thumbnail_key as "thumbnailKey" from attachments where conversation_id = $1`,
      [id],
    )
    const keys = keysOf(key ?? expect.fail('the message did not commit'))
    expect(await stored(keys)).toEqual(keys)
  })

  it('are collected after an erasure that was cut short', async () => {
    const keys = (await send()).message.attachments.flatMap(keysOf)
    const dying = withBlobs({ delete: (key) => (key.includes('_thumb') ? cut() : chat.blobs.delete(key)) })
    await expect(eraseUser(dying, sender.userId, 'delete')).rejects.toThrow('cut')
    expect(await doomed()).toEqual(keys.slice(1))
    await keepHouseTomorrow()
    expect(await stored(keys)).toEqual([])
    expect(await doomed()).toEqual([])
  })
})
