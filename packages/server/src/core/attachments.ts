import { randomBytes } from 'node:crypto'
import { doomBlobs } from '../db/doomed-blobs.ts'
import { accessConversation } from './access.ts'
import { discardBlobs } from './doomed-blobs.ts'
import { ChatError } from './errors.ts'
import { processImage } from './images.ts'
import type { ProcessedImage } from './images.ts'
import { sendMessage } from './sending.ts'
import type { SendInput } from './drafts.ts'
import type { Sent } from './sending.ts'
import type { Actor, Attachment, Chat, ConversationId, NewAttachment } from './types.ts'

export interface SendImageInput {
  conversationId: ConversationId
  /** Called once the sender is known to be a member: nobody else's upload is taken in. */
  read: () => Promise<Buffer>
  clientKey?: string | undefined
}

/** Sends an image and its thumbnail, written anew under names that nobody can guess. */
export async function sendImage(chat: Chat, actor: Actor, input: SendImageInput): Promise<Sent> {
  const { conversationId, clientKey } = input
  await accessConversation(chat.db, actor, conversationId)
  const image = await processImage(await input.read())
  const attachment = await storeImage(chat, conversationId, image)
  return sendStored(chat, actor, { conversationId, type: 'image', text: null, attachment, clientKey })
}

/** Sends a message with a file that is stored already, and discards the file where it goes into none. */
export async function sendStored(
  chat: Chat,
  actor: Actor,
  input: SendInput & { attachment: NewAttachment },
): Promise<Sent> {
  const keys = keysOf(input.attachment)
  const sent = await sendMessage(chat, actor, input).catch(async (error: unknown) => {
    // Any other failure may come after the commit: housekeeping finds out whether the files are still doomed.
    if (error instanceof ChatError) await discardBlobs(chat, keys)
    throw error
  })
  if (!sent.created) await discardBlobs(chat, keys)
  return sent
}

/** The files are doomed until whatever refers to them commits. */
export async function storeImage(
  chat: Chat,
  conversationId: ConversationId,
  { full, thumbnail }: ProcessedImage,
): Promise<NewAttachment> {
  const name = newBlobName(conversationId)
  const blobKey = `${name}.${full.extension}`
  const thumbnailKey = thumbnail && `${name}_thumb.${thumbnail.extension}`
  await doomBlobs(chat.db, keysOf({ blobKey, thumbnailKey }))
  await chat.blobs.put(blobKey, full.bytes)
  if (thumbnail && thumbnailKey !== null) await chat.blobs.put(thumbnailKey, thumbnail.bytes)
  return {
    blobKey,
    thumbnailKey,
    filename: `image.${full.extension}`,
    mimeType: full.mimeType,
    size: full.bytes.length,
    width: full.width,
    height: full.height,
  }
}

/** Stores a file that is doomed until something refers to it; of one that does not arrive nothing is left. */
export async function storeDoomed(
  chat: Chat,
  key: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  let size = 0
  async function* counted() {
    for await (const chunk of bytes) {
      size += chunk.length
      yield chunk
    }
  }
  await doomBlobs(chat.db, [key])
  try {
    await chat.blobs.put(key, counted())
  } catch (error) {
    await discardBlobs(chat, [key])
    throw error
  }
  return size
}

/** One that nobody can guess; an extension is still to come. */
export const newBlobName = (id: ConversationId) => `chat/${id}/${randomBytes(16).toString('hex')}`

export const keysOf = ({ blobKey, thumbnailKey }: Pick<Attachment, 'blobKey' | 'thumbnailKey'>) =>
  thumbnailKey === null ? [blobKey] : [blobKey, thumbnailKey]
