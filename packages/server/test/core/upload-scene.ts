import { buffer } from 'node:stream/consumers'
import type { Chat } from '../../src/core/types.ts'

export async function readBlob(chat: Chat, key: string | null): Promise<Buffer | null> {
  const blob = await chat.blobs.open(key ?? '')
  return blob && buffer(blob.stream)
}

/** The file that an upload consists of now; none where the upload is gone. */
export async function uploadKeys(chat: Chat, attachmentId: number): Promise<string[]> {
  const rows = await chat.db.query<{ key: string }>('select blob_key as key from attachments where id = $1', [
    attachmentId,
  ])
  return rows.map(({ key }) => key)
}
