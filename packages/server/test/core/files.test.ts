import { once } from 'node:events'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ChatError } from '../../src/core/errors.ts'
import { sendFile } from '../../src/core/files.ts'
import type { IncomingFile, SendFileInput } from '../../src/core/files.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { startHousekeeping } from '../../src/jobs/housekeeping.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { picture } from './image-files.ts'
import { readBlob } from './upload-scene.ts'
import { archive, eventsOf, leave } from './workspace-scene.ts'

const MAX = 10 * 1024 * 1024
const CHUNK = Buffer.alloc(64 * 1024, 'parley')

eachStore('a file that comes with its message', (database) => {
  let test: TestChat
  /** Notes what is put into its store. */
  let chat: Chat
  let put: string[]
  let sender: Actor
  let other: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    const { blobs } = test.chat
    const noting: Chat['blobs'] = {
      ...blobs,
      async put(key, bytes) {
        put.push(key)
        await blobs.put(key, bytes)
      },
    }
    chat = { ...test.chat, blobs: noting }
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    put = []
    sender = await newActor(chat)
    other = await newActor(chat)
    id = await newConversation(chat, sender, other)
  })

  type Source = Iterable<Buffer> | AsyncIterable<Buffer>

  const fileOf = (source: Source): IncomingFile => ({
    stream: Readable.from(source, { objectMode: false }),
    filename: 'notes.txt',
    mimeType: 'text/plain',
  })

  interface Attempt extends Partial<SendFileInput> {
    file?: Partial<IncomingFile>
    by?: Actor
    through?: Chat
  }

  const send = (source: Source, { file, by = sender, through = chat, ...input }: Attempt = {}) =>
    sendFile(through, by, {
      conversationId: id,
      maxBytes: MAX,
      open: () => Promise.resolve({ ...fileOf(source), ...file }),
      content: () => Promise.resolve({ text: null }),
      ...input,
    })

  /** The files of this test, and what became of them. */
  async function remains() {
    const kept = await Promise.all(put.map((key) => readBlob(chat, key)))
    const doomed = await chat.db.query('select blob_key from doomed_blobs')
    const messages = (await eventsOf(test, id)).filter(({ type }) => type === 'message.created')
    return { files: kept.filter((bytes) => bytes).length, doomed: doomed.length, messages: messages.length }
  }

  const NOTHING = { files: 0, doomed: 0, messages: 0 }

  it('is stored byte for byte, and there for the others with its words', async () => {
    const bytes = [Buffer.from('one, '), Buffer.from('two, '), Buffer.from('three')]
    const content = () => Promise.resolve({ text: 'as promised', metadata: { urgent: true } })
    const { message } = await send(bytes, { content })
    const [file] = message.attachments
    expect(message).toMatchObject({ type: 'file', text: 'as promised', metadata: { urgent: true } })
    expect(message.attachments).toEqual([
      {
        id: expect.any(Number) as number,
        blobKey: expect.stringMatching(new RegExp(`^chat/${id}/[0-9a-f]{32}\\.bin$`)) as string,
        thumbnailKey: null,
        filename: 'notes.txt',
        mimeType: 'text/plain',
        size: 15,
        width: null,
        height: null,
      },
    ])
    expect(await readBlob(chat, file?.blobKey ?? null)).toEqual(Buffer.concat(bytes))
    expect((await eventsOf(test, id)).at(-1)).toMatchObject({ type: 'message.created', message })
    expect(await remains()).toEqual({ files: 1, doomed: 0, messages: 1 })
  })

  it.each(['jpeg', 'png', 'webp', 'gif'] as const)(
    'is an image where it is a %s, whatever it is called',
    async (format) => {
      const bytes = await picture().toFormat(format).toBuffer()
      const { message } = await send([bytes], { file: { mimeType: 'text/html' } })
      expect(message).toMatchObject({ type: 'image', attachments: [{ mimeType: `image/${format}` }] })
      const blob = await chat.blobs.open(put[0] ?? '')
      blob?.stream.destroy()
      expect(blob?.mimeType).toBe(`image/${format}`)
    },
  )

  it('is no image because it is said to be one', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')
    const { message } = await send([svg], { file: { mimeType: 'image/svg+xml' } })
    expect(message).toMatchObject({ type: 'file', attachments: [{ mimeType: 'application/octet-stream' }] })
    expect(put).toEqual([expect.stringMatching(/\.bin$/)])
  })

  it.each([
    ['C:\\Users\\anna\\plan.pdf', 'plan.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['a\0b\r\n\u202egpj.exe', 'abgpj.exe'],
    ['\ud800отчёт 👩‍💻.txt', '\ufffdотчёт 👩‍💻.txt'],
    [`${'ю'.repeat(300)}.pdf`, `${'ю'.repeat(251)}.pdf`],
    ['folder/', 'file'],
    ['..', 'file'],
    ['', 'file'],
  ])('called %j is %j', async (filename, name) => {
    const { message } = await send([CHUNK], { file: { filename } })
    expect(message.attachments[0]?.filename).toBe(name)
  })

  it('is taken in no faster than it is written', async () => {
    let [taken, written, ahead] = [0, 0, 0]
    function* source() {
      for (; taken < MAX; taken += CHUNK.length) {
        ahead = Math.max(ahead, taken - written)
        yield CHUNK
      }
    }
    const watching: Chat['blobs'] = {
      ...chat.blobs,
      put: (key, bytes) => chat.blobs.put(key, watched(bytes as AsyncIterable<Uint8Array>)),
    }
    async function* watched(bytes: AsyncIterable<Uint8Array>) {
      for await (const chunk of bytes) {
        yield chunk
        written += chunk.length
      }
    }
    const { message } = await send(source(), { through: { ...chat, blobs: watching } })
    expect(message.attachments[0]?.size).toBe(MAX)
    expect(ahead).toBeLessThanOrEqual(4 * CHUNK.length)
  })

  it('may be just as large as allowed, and is refused with the first byte too many', async () => {
    function* source(size: number) {
      for (let taken = 0; taken < size; taken += CHUNK.length) yield CHUNK.subarray(0, size - taken)
    }
    const { message } = await send(source(MAX))
    expect(message.attachments[0]?.size).toBe(MAX)
    const tooLarge = { code: 'too_large', field: 'file' }
    await expect(send([CHUNK], { maxBytes: CHUNK.length - 1 })).rejects.toMatchObject(tooLarge)
    const { promise: refused, resolve: refuse } = Promise.withResolvers<undefined>()
    async function* more() {
      yield* source(MAX + 1)
      await refused
      yield CHUNK
    }
    const file = fileOf(more())
    const ended = once(file.stream, 'end')
    await expect(send([], { file })).rejects.toMatchObject(tooLarge)
    refuse(undefined)
    await ended
    expect(await remains()).toEqual({ files: 1, doomed: 0, messages: 1 })
  })

  it('is not empty', async () => {
    await expect(send([])).rejects.toMatchObject({ code: 'invalid', field: 'file' })
    expect(await remains()).toEqual(NOTHING)
  })

  it.each([1, 20])('leaves nothing where it is cut short after %i chunks', async (chunks) => {
    function* source() {
      for (let n = 0; n < chunks; n++) yield CHUNK
      throw new Error('cut')
    }
    await expect(send(source())).rejects.toMatchObject({ code: 'invalid', field: 'file' })
    const { stream, ...file } = fileOf([CHUNK])
    stream.destroy()
    await expect(send([], { file: { ...file, stream } })).rejects.toMatchObject({ code: 'invalid' })
    expect(await remains()).toEqual(NOTHING)
  })

  it('is not even looked at where it comes from an outsider, or into an archive', async () => {
    const open = () => expect.fail('taken in')
    const by = await newActor(chat)
    await expect(send([], { open, by })).rejects.toMatchObject({ code: 'forbidden' })
    await archive(chat, id)
    await expect(send([], { open })).rejects.toMatchObject({ code: 'conflict' })
    expect(await remains()).toEqual(NOTHING)
  })

  it.each([
    ['leaves', () => leave(chat, id, sender), 'forbidden'],
    ['finds it archived', () => archive(chat, id), 'conflict'],
  ] as const)('leaves nothing where its sender %s meanwhile', async (_, meanwhile, code) => {
    async function* source() {
      yield CHUNK
      await meanwhile()
      yield CHUNK
    }
    await expect(send(source())).rejects.toMatchObject({ code })
    expect(put).toHaveLength(1)
    expect(await remains()).toEqual(NOTHING)
  })

  it('is read to its end even where it cannot be stored', async () => {
    const failing: Chat = { ...chat, blobs: { ...chat.blobs, put: () => Promise.reject(new Error('full')) } }
    const file = fileOf(Array.from({ length: 10 }, () => CHUNK))
    const ended = once(file.stream, 'end')
    await expect(send([], { file, through: failing })).rejects.toThrow('full')
    await ended
    expect(await remains()).toEqual(NOTHING)
  })

  it('leaves nothing where what follows it is refused', async () => {
    const content = () => Promise.reject(new ChatError('invalid', 'is too long', 'content'))
    await expect(send([CHUNK], { content })).rejects.toMatchObject({ field: 'content' })
    const replying = () => Promise.resolve({ text: null, replyToId: 0 })
    await expect(send([CHUNK], { content: replying })).rejects.toMatchObject({ field: 'replyToId' })
    expect(put).toHaveLength(2)
    expect(await remains()).toEqual(NOTHING)
  })

  it('is kept once where it is sent twice', async () => {
    const first = await send([Buffer.from('first')], { clientKey: 'once' })
    const again = await send([Buffer.from('again')], { clientKey: 'once' })
    expect(again).toMatchObject({ created: false, message: { id: first.message.id } })
    expect(again.message.attachments).toEqual(first.message.attachments)
    expect(await remains()).toEqual({ files: 1, doomed: 0, messages: 1 })
    expect(await readBlob(chat, put[0] ?? null)).toEqual(Buffer.from('first'))
  })

  it('is collected where the server went down before its message was written', async () => {
    const dying: Chat = {
      ...chat,
      db: { ...chat.db, transaction: () => Promise.reject(new Error('down')) },
    }
    await expect(send([CHUNK], { through: dying })).rejects.toThrow('down')
    expect(await remains()).toEqual({ files: 1, doomed: 1, messages: 0 })
    await chat.db.query(`update doomed_blobs set created_at = created_at - interval '1 day'`)
    const faults: unknown[] = []
    await startHousekeeping({ chat, recoveryHours: 1, onError: (error) => faults.push(error) })()
    expect(faults).toEqual([])
    expect(await remains()).toEqual(NOTHING)
  })
})
