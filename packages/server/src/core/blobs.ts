import type { Readable } from 'node:stream'

export interface OpenBlob {
  /** Read it to the end or destroy it: it holds a file or a connection. */
  stream: Readable
  size: number
  mimeType: string
}

export interface BlobStore {
  /** Replaces what is there, once all bytes have arrived; once it resolves they survive a crash. */
  put(key: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>
  /** Null where nothing is stored, and for whatever is no key: paths of requests may be passed on. */
  open(key: string): Promise<OpenBlob | null>
  delete(key: string): Promise<void>
  /** Deletes every key that begins with the prefix, which ends in a slash: `chat/12/`. */
  deleteAll(prefix: string): Promise<void>
}

const KEY = /^(?:[a-z0-9][a-z0-9_-]{0,127}\/){1,8}[a-z0-9][a-z0-9_-]{0,127}\.[a-z0-9]{1,8}$/
const PREFIX = /^(?:[a-z0-9][a-z0-9_-]{0,127}\/){1,8}$/

const MIME_TYPES = new Map([
  ['jpg', 'image/jpeg'],
  ['png', 'image/png'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
])

/** `chat/12/ab12.jpg`: folders of a-z, 0-9, `_`, `-`, then a name with one extension. */
export const isBlobKey = (text: string): boolean => KEY.test(text)

export const isBlobPrefix = (text: string): boolean => PREFIX.test(text)

export function blobMimeType(key: string): string {
  const extension = key.slice(key.lastIndexOf('.') + 1)
  return MIME_TYPES.get(extension) ?? 'application/octet-stream'
}

/** `bin` for what is not shown. */
export function blobExtension(mimeType: string): string {
  const [extension] = [...MIME_TYPES].find(([, type]) => type === mimeType) ?? ['bin']
  return extension
}
