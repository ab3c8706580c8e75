import { expect } from 'vitest'
import type { Attachment, UploadTicket } from '@parley/wire/workspace'
import type { Colleague } from './colleague.ts'
import { request, type Reply } from './http.ts'

// Files as a client sends them: a ticket, the upload, the check.

export interface LocalFile {
  bytes: Buffer
  filename?: string
  mimeType?: string
}

export const text = (content: string): LocalFile => ({ bytes: Buffer.from(content) })

export async function ticketFor(
  owner: Colleague,
  conversationId: string,
  { bytes, filename = 'plan.txt', mimeType = 'text/plain' }: LocalFile,
): Promise<UploadTicket> {
  const input = { conversationId, filename, mimeType, size: bytes.length }
  return (await owner.ask('chat-attachment-upload-ticket', input)).data
}

/** The request that a ticket allows, with other headers and bytes where they are given. */
export function put({ uploadUrl, headers }: UploadTicket, bytes: Buffer, more: object = {}): Promise<Reply> {
  return request('PUT', uploadUrl, { headers: { ...headers, ...more }, raw: bytes })
}

/** Not yet finalized; returns the attachment's id. */
export async function upload(owner: Colleague, conversationId: string, file: LocalFile): Promise<string> {
  const ticket = await ticketFor(owner, conversationId, file)
  const { status, bytes } = await put(ticket, file.bytes)
  expect(status, bytes.toString()).toBe(204)
  return ticket.attachmentId
}

/** Ready to be sent, or in a message of the owner's already. */
export async function attach(
  owner: Colleague,
  conversationId: string,
  file: LocalFile,
  messageId?: string,
): Promise<Attachment> {
  const attachmentId = await upload(owner, conversationId, file)
  const place = messageId === undefined ? {} : { messageId }
  return (await owner.ask('chat-attachment-finalize', { attachmentId, ...place })).data
}
