import type { Readable } from 'node:stream'
import { deleteExpired, findOpenTicket, insertTicket, replaceFile } from '../db/attachments.ts'
import { accessConversation, refuseArchived } from './access.ts'
import { newBlobName, storeDoomed } from './attachments.ts'
import { blobExtension } from './blobs.ts'
import { bounded } from './body.ts'
import { discardBlobs } from './doomed-blobs.ts'
import { ChatError } from './errors.ts'
import { isImageType, MAX_IMAGE_BYTES } from './images.ts'
import type { Actor, Chat, ConversationId } from './types.ts'

/** @internal exported for its tests */
export const MAX_FILE_BYTES = 25 * 1024 * 1024
const LIFETIME_SECONDS = 60 * 60
/** How long what is uploaded may wait for the message that it goes into. */
export const UNSENT_SECONDS = 24 * 60 * 60
const MOST_UNSENT = 100
const BATCH = 1000

export interface TicketInput {
  conversationId: ConversationId
  /** Without a path. */
  filename: string
  mimeType: string
  /** In bytes. */
  size: number
}

/** Allows one file of just this type and size to be uploaded, until it expires. */
export interface Ticket extends Pick<TicketInput, 'mimeType' | 'size'> {
  attachmentId: number
  expiresAt: Date
}

export interface TicketTerms {
  /** Whatever the file is. */
  maxBytes?: number
  /** Until when the upload may begin; at most an hour. */
  seconds?: number
}

/** A member may upload this file, to be finalized and sent. */
export async function createTicket(
  chat: Chat,
  actor: Actor,
  input: TicketInput,
  { maxBytes, seconds = LIFETIME_SECONDS }: TicketTerms = {},
): Promise<Ticket> {
  const { conversationId, size } = input
  refuseArchived(await accessConversation(chat.db, actor, conversationId))
  const mimeType = input.mimeType.toLowerCase()
  const most = maxBytes ?? (isImageType(mimeType) ? MAX_IMAGE_BYTES : MAX_FILE_BYTES)
  if (size > most) throw new ChatError('too_large', `must be at most ${most} bytes`, 'size')
  const attachmentId = await insertTicket(chat.db, {
    conversationId,
    uploaderId: actor.userId,
    blobKey: newKey({ conversationId, mimeType }),
    filename: input.filename.toWellFormed(),
    mimeType,
    size,
    lifetimeSeconds: LIFETIME_SECONDS,
    most: MOST_UNSENT,
  })
  if (attachmentId === null)
    throw new ChatError('conflict', `Send some of your files: ${MOST_UNSENT} wait in no message.`)
  return { attachmentId, mimeType, size, expiresAt: new Date(Date.now() + seconds * 1000) }
}

const newKey = ({ conversationId, mimeType }: Pick<TicketInput, 'conversationId' | 'mimeType'>) =>
  `${newBlobName(conversationId)}.${blobExtension(mimeType)}`

/**
 * Stores the file of a ticket, whose holder the caller has checked. Each upload has a file of its own, so that none
 * changes what has been finalized; uploaded again, the last one counts.
 */
export async function storeUpload(chat: Chat, attachmentId: number, body: Readable): Promise<void> {
  const ticket = await findOpenTicket(chat.db, attachmentId)
  if (!ticket) throw used()
  const key = newKey(ticket)
  const { size } = ticket
  await storeDoomed(chat, key, bounded(body, { least: size, most: size, field: 'body' }))
  const replaced = await replaceFile(chat.db, attachmentId, key, UNSENT_SECONDS)
  await discardBlobs(chat, [replaced ?? key])
  if (replaced === null) throw used()
}

const used = () => new ChatError('conflict', 'This upload is finished, or its time is over.')

/** Deletes files that were never uploaded in full, finalized or sent. */
export async function collectExpired(store: Pick<Chat, 'db' | 'blobs'>): Promise<void> {
  for (;;) {
    const keys = await deleteExpired(store.db, BATCH)
    if (keys.length === 0) return
    await discardBlobs(store, keys)
  }
}
