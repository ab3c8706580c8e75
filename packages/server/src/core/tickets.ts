import type { Readable } from 'node:stream'
import { deleteExpired, findOpenTicket, insertTicket, replaceFile } from '../db/attachments.ts'
import { accessConversation, refuseArchived } from './access.ts'
import { newBlobName, storeDoomed } from './attachments.ts'
import { bounded } from './body.ts'
import { discardBlobs } from './doomed-blobs.ts'
import { ChatError } from './errors.ts'
import { isImageType, MAX_IMAGE_BYTES } from './images.ts'
import type { Actor, Chat, ConversationId } from './types.ts'

export const MAX_FILE_BYTES = 25 * 1024 * 1024
const LIFETIME_SECONDS = 60 * 60
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

/** A member may upload this file, to be finalized and sent. */
export async function createTicket(chat: Chat, actor: Actor, input: TicketInput): Promise<Ticket> {
  const { conversationId, size } = input
  refuseArchived(await accessConversation(chat.db, actor, conversationId))
  const mimeType = input.mimeType.toLowerCase()
  const most = isImageType(mimeType) ? MAX_IMAGE_BYTES : MAX_FILE_BYTES
  if (size > most) throw new ChatError('too_large', `must be at most ${most} bytes`, 'size')
  const ticket = await insertTicket(chat.db, {
    conversationId,
    uploaderId: actor.userId,
    blobKey: newKey(conversationId),
    filename: input.filename.toWellFormed(),
    mimeType,
    size,
    lifetimeSeconds: LIFETIME_SECONDS,
    most: MOST_UNSENT,
  })
  if (!ticket) throw new ChatError('conflict', `Send some of your files: ${MOST_UNSENT} wait in no message.`)
  return { attachmentId: ticket.id, mimeType, size, expiresAt: ticket.expiresAt }
}

/** Of a file that is only ever downloaded. */
const newKey = (id: ConversationId) => `${newBlobName(id)}.bin`

/**
 * Stores the file of a ticket, whose holder the caller has checked. Each upload has a file of its own, so that none
 * changes what has been finalized; uploaded again, the last one counts.
 */
export async function storeUpload(chat: Chat, attachmentId: number, body: Readable): Promise<void> {
  const ticket = await findOpenTicket(chat.db, attachmentId)
  if (!ticket) throw used()
  const key = newKey(ticket.conversationId)
  const { size } = ticket
  await storeDoomed(chat, key, bounded(body, { least: size, most: size, field: 'body' }))
  const replaced = await replaceFile(chat.db, attachmentId, key)
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
