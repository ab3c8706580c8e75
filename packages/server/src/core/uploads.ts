import { buffer } from 'node:stream/consumers'
import {
  finalizeUpload,
  findShared,
  findUpload,
  listShared,
  lockUnsent,
  putIntoMessage,
  retypeMessage,
} from '../db/attachments.ts'
import type { FilePlace, SharedFile, Upload } from '../db/attachments.ts'
import type { Queryable } from '../db/database.ts'
import { accessConversation, accessMessage, refuseArchived, refuseDeleted } from './access.ts'
import { keysOf, storeImage } from './attachments.ts'
import type { OpenBlob } from './blobs.ts'
import { readHead } from './body.ts'
import { change } from './change.ts'
import { discardBlobs } from './doomed-blobs.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import { HEAD_BYTES, mayBe } from './file-types.ts'
import { isImageType, MAX_IMAGE_BYTES, processImage } from './images.ts'
import type { ProcessedImage } from './images.ts'
import { MOST_ATTACHMENTS, typeOf } from './drafts.ts'
import { UNSENT_SECONDS } from './tickets.ts'
import type { Actor, Attachment, Chat, ConversationId, MessageId, NewAttachment } from './types.ts'

/**
 * Checks an uploaded file and, where a message is named, puts it into that own message. Images are written anew and get
 * a thumbnail, unless they are too large for that; all else is kept as it is. Doing it again changes nothing.
 */
export async function finalizeAttachment(
  chat: Chat,
  actor: Actor,
  attachmentId: number,
  messageId?: MessageId,
): Promise<Attachment> {
  const upload = await findUpload(chat.db, attachmentId, actor.userId)
  if (!upload) throw new ChatError('not_found', 'There is no such upload of yours.')
  refuseArchived(await accessConversation(chat.db, actor, upload.conversationId))
  const file = upload.isFinalized ? upload.attachment : await finalize(chat, upload)
  if (messageId !== undefined) await attach(chat, actor, attachmentId, messageId)
  return { ...file, id: attachmentId }
}

/** What its sender says again of an upload. */
export interface ClaimedUpload extends Pick<Attachment, 'mimeType' | 'size'> {
  /** Null for what cannot be one. */
  id: Attachment['id'] | null
}

/** Checks uploads that are about to be sent; returns their ids. */
export async function finalizeClaimed(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  claims: ClaimedUpload[],
): Promise<Attachment['id'][]> {
  refuseArchived(await accessConversation(chat.db, actor, conversationId))
  const ids = []
  for (const claim of claims) {
    const upload = claim.id === null ? null : await findUpload(chat.db, claim.id, actor.userId)
    if (upload?.conversationId !== conversationId || !isAsClaimed(upload, claim))
      throw new ChatError('invalid', 'must be own uploads to this conversation', 'attachmentIds')
    if (!upload.isFinalized) await finalize(chat, upload)
    ids.push(upload.attachment.id)
  }
  return ids
}

/** An image that was written anew has another size. */
const isAsClaimed = ({ attachment, isFinalized }: Upload, { mimeType, size }: ClaimedUpload) =>
  attachment.mimeType === mimeType.toLowerCase() && (isFinalized || attachment.size === size)

async function finalize(chat: Chat, { attachment, conversationId }: Upload): Promise<NewAttachment> {
  const { blobKey, filename, mimeType, size } = attachment
  const blob = await chat.blobs.open(blobKey)
  if (!blob) throw new ChatError('conflict', 'The file has not been uploaded yet.')
  const isProcessed = isImageType(mimeType) && size <= MAX_IMAGE_BYTES
  const image = isProcessed ? await readImage(blob, mimeType) : await checkBeginning(blob, mimeType)
  const file = image ? { ...(await storeImage(chat, conversationId, image)), filename } : attachment
  const isDone = await finalizeUpload(chat.db, attachment, file, UNSENT_SECONDS)
  if (image) await discardBlobs(chat, isDone ? [blobKey] : keysOf(file))
  if (!isDone) throw new ChatError('conflict', 'The file was uploaded again meanwhile.')
  return file
}

async function readImage({ stream }: OpenBlob, mimeType: string): Promise<ProcessedImage> {
  const image = await processImage(await buffer(stream)).catch(blameUpload)
  if (image.full.mimeType !== mimeType) throw notOfType(mimeType)
  return image
}

async function checkBeginning({ stream }: OpenBlob, mimeType: string): Promise<null> {
  const head = await readHead(stream.iterator() as AsyncIterator<Buffer>, HEAD_BYTES)
  stream.destroy()
  if (!(await mayBe(head, mimeType))) throw notOfType(mimeType)
  return null
}

const notOfType = (mimeType: string) =>
  new ChatError('unsupported_type', `The file is not of the type ${mimeType}.`, 'attachmentId')

/** Whatever is wrong with an image, it is named here by its upload. */
function blameUpload(error: unknown): never {
  throw error instanceof ChatError ? new ChatError(error.code, error.message, 'attachmentId') : error
}

function attach(chat: Chat, actor: Actor, attachmentId: number, messageId: MessageId): Promise<void> {
  return change(chat, async (tx) => {
    const { access, message } = await accessMessage(tx, actor, messageId)
    if (message.type === 'system' || message.senderId !== actor.userId)
      throw new ChatError('forbidden', 'Only its author may put a file into a message.')
    refuseDeleted(message)
    refuseArchived(access)
    if (message.attachments.some(({ id }) => id === attachmentId)) return
    const attachments = [...message.attachments, await lockOne(tx, actor, attachmentId, access.id)]
    if (attachments.length > MOST_ATTACHMENTS)
      throw new ChatError('conflict', `A message has at most ${MOST_ATTACHMENTS} files.`)
    await putIntoMessage(tx, messageId, [attachmentId])
    const changed = { ...message, type: typeOf(attachments), attachments }
    const changeSeq = await retypeMessage(tx, message, changed.type)
    const { conversationId } = message
    await emit(tx, { type: 'message.updated', conversationId, message: changed }, access.audience, changeSeq)
  })
}

async function lockOne(
  tx: Queryable,
  { userId: uploaderId }: Actor,
  id: number,
  conversationId: ConversationId,
): Promise<Attachment> {
  const [attachment] = await lockUnsent(tx, { conversationId, uploaderId }, [id])
  if (attachment) return attachment
  throw new ChatError('conflict', 'This file is in a message already, or is of another conversation.')
}

/** A file of a message that the caller sees. */
export async function getAttachment(chat: Chat, actor: Actor, id: Attachment['id']): Promise<Attachment> {
  const file = await findShared(chat.db, id)
  const access = file && (await accessConversation(chat.db, actor, file.conversationId))
  if (!access || file.messageId <= access.since) throw new ChatError('not_found', 'There is no such file.')
  return file
}

/** The files of a conversation's messages, the last sent first. */
export async function listAttachments(
  chat: Chat,
  actor: Actor,
  conversationId: ConversationId,
  page: { before: FilePlace | null; limit: number },
): Promise<SharedFile[]> {
  const { since } = await accessConversation(chat.db, actor, conversationId)
  return listShared(chat.db, { ...page, conversationId, since })
}
