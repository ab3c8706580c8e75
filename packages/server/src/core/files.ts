import type { Readable } from 'node:stream'
import { accessConversation, refuseArchived } from './access.ts'
import { newBlobName, sendStored, storeDoomed } from './attachments.ts'
import { blobExtension } from './blobs.ts'
import { bounded, readHead } from './body.ts'
import { discardBlobs } from './doomed-blobs.ts'
import { HEAD_BYTES, typeOfFile } from './file-types.ts'
import type { SendInput } from './drafts.ts'
import type { Sent } from './sending.ts'
import type { Actor, Chat, NewAttachment } from './types.ts'

const LONGEST_NAME = 255

export interface IncomingFile {
  /** Of bytes; read to its end, though nothing of it is kept after a refusal. */
  stream: Readable
  filename: string
  /** What the sender says it is. */
  mimeType: string
}

export interface SendFileInput extends Pick<SendInput, 'conversationId' | 'clientKey'> {
  maxBytes: number
  /** Called once the sender is known to be a member: nobody else's upload is taken in. */
  open: () => Promise<IncomingFile>
  /** Called once the file is stored, for what comes with it: the fields of a form may follow its file. */
  content: () => Promise<Pick<SendInput, 'text' | 'replyToId' | 'metadata'>>
}

/** Sends a file as it is, without ever holding it whole in memory. */
export async function sendFile(chat: Chat, actor: Actor, input: SendFileInput): Promise<Sent> {
  const { conversationId, clientKey } = input
  refuseArchived(await accessConversation(chat.db, actor, conversationId))
  const attachment = await storeFile(chat, input)
  const content = await input.content().catch(async (error: unknown) => {
    await discardBlobs(chat, [attachment.blobKey])
    throw error
  })
  const type = isShown(attachment) ? 'image' : 'file'
  return sendStored(chat, actor, { ...content, conversationId, clientKey, type, attachment })
}

async function storeFile(chat: Chat, input: SendFileInput): Promise<NewAttachment> {
  const { conversationId, maxBytes } = input
  const { stream, filename, mimeType: declared } = await input.open()
  const bytes = bounded(stream, { least: 1, most: maxBytes, field: 'file' })
  try {
    const head = await readHead(bytes, HEAD_BYTES)
    const mimeType = await typeOfFile(head, declared)
    const blobKey = `${newBlobName(conversationId)}.${blobExtension(mimeType)}`
    const size = await storeDoomed(chat, blobKey, from(head, bytes))
    return {
      blobKey,
      thumbnailKey: null,
      filename: nameOf(filename),
      mimeType,
      size,
      width: null,
      height: null,
    }
  } finally {
    await bytes.return(undefined)
  }
}

async function* from(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head
  yield* rest
}

/** Images go under a name of their type, and are shown; all else is downloaded. */
const isShown = ({ mimeType }: NewAttachment): boolean => blobExtension(mimeType) !== 'bin'

/** Without a path and whatever cannot be seen; of a name that is too long the end, which says what it is. */
function nameOf(filename: string): string {
  const name = filename
    .toWellFormed()
    .replace(/^.*[/\\]/s, '')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
  return Array.from(name).slice(-LONGEST_NAME).join('').replace(/^\.*$/, 'file')
}
