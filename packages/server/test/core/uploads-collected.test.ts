import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sendMessage } from '../../src/core/sending.ts'
import { createTicket, storeUpload } from '../../src/core/tickets.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { finalizeAttachment } from '../../src/core/uploads.ts'
import { startHousekeeping } from '../../src/jobs/housekeeping.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { newColleague, newPlace } from './workspace-scene.ts'
import { readBlob, uploadKeys } from './upload-scene.ts'

const TEXT = Buffer.from('one, two, three')

eachStore('an upload', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    owner = await newColleague(chat)
    id = await newPlace(chat, owner)
  })

  const ticket = () =>
    createTicket(chat, owner, {
      conversationId: id,
      filename: 'notes.txt',
      mimeType: 'text/plain',
      size: TEXT.length,
    })

  async function upload(): Promise<number> {
    const { attachmentId } = await ticket()
    await storeUpload(chat, attachmentId, Readable.from([TEXT]))
    return attachmentId
  }

  const finalized = async () => finalizeAttachment(chat, owner, await upload())

  const send = (attachmentIds: number[]) =>
    sendMessage(chat, owner, { conversationId: id, type: 'text', text: null, attachmentIds })

  const stored = (key: string | null) => readBlob(chat, key)
  const keysOf = (attachmentId: number) => uploadKeys(chat, attachmentId)
  const doomed = () => chat.db.query('select blob_key from doomed_blobs')

  async function expire(): Promise<void> {
    await chat.db.query(
      `update attachments set expires_at = now() - interval '1 second' where expires_at is not null`,
    )
  }

  async function keepHouse(): Promise<void> {
    const faults: unknown[] = []
    await startHousekeeping({ chat, recoveryHours: 1, onError: (error) => faults.push(error) })()
    expect(faults).toEqual([])
  }

  it('is collected with its file unless it is sent in time', async () => {
    const [waiting, unchecked, sent] = [await finalized(), await upload(), await finalized()]
    const [key = ''] = await keysOf(unchecked)
    await send([sent.id])
    await keepHouse()
    expect(await stored(waiting.blobKey)).toEqual(TEXT)
    await expire()
    await expect(send([waiting.id])).rejects.toMatchObject({ code: 'invalid' })
    await expect(finalizeAttachment(chat, owner, unchecked)).rejects.toMatchObject({ code: 'not_found' })
    await keepHouse()
    expect([await stored(waiting.blobKey), await stored(key)]).toEqual([null, null])
    expect(await stored(sent.blobKey)).toEqual(TEXT)
    expect([await keysOf(waiting.id), await keysOf(unchecked), await doomed()]).toEqual([[], [], []])
  })

  it('that is under way when its ticket is collected leaves no file behind', async () => {
    const { attachmentId } = await ticket()
    async function* slow() {
      yield Buffer.from('one, two, ')
      await expire()
      await keepHouse()
      yield Buffer.from('three')
    }
    await expect(storeUpload(chat, attachmentId, Readable.from(slow()))).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await doomed()).toEqual([])
  })

  it('that a crash cut short is collected', async () => {
    const { attachmentId } = await ticket()
    const dying: Chat = {
      ...chat,
      blobs: {
        ...chat.blobs,
        async put(key, bytes) {
          await chat.blobs.put(key, bytes)
          throw new Error('cut')
        },
        delete: () => Promise.reject(new Error('cut')),
      },
    }
    await expect(storeUpload(dying, attachmentId, Readable.from([TEXT]))).rejects.toThrow('cut')
    const [left] = await chat.db.query<{ key: string }>('select blob_key as key from doomed_blobs')
    expect(await stored(left?.key ?? null)).toEqual(TEXT)
    await chat.db.query(`update doomed_blobs set created_at = created_at - interval '1 day'`)
    await keepHouse()
    expect(await stored(left?.key ?? null)).toBeNull()
    expect(await doomed()).toEqual([])
  })
})
