import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { blobMimeType, isBlobKey, isBlobPrefix } from '../core/blobs.ts'
import type { BlobStore, OpenBlob } from '../core/blobs.ts'

// No key begins with a dot: what a crash leaves half written can never be opened.
const UNFINISHED = '.unfinished'

/** Keeps each blob in the file `folder/key`. */
export function diskBlobs(folder: string): BlobStore {
  return {
    async put(key, bytes) {
      if (!isBlobKey(key)) throw new TypeError('put: not a blob key')
      const unfinished = join(folder, UNFINISHED, randomUUID())
      await makeFolder(dirname(unfinished))
      await writeWhole({ file: join(folder, key), unfinished, bytes })
    },
    async open(key) {
      return isBlobKey(key) ? openFile(join(folder, key), blobMimeType(key)) : null
    },
    async delete(key) {
      if (!isBlobKey(key)) throw new TypeError('delete: not a blob key')
      await rm(join(folder, key), { force: true })
    },
    async deleteAll(prefix) {
      if (!isBlobPrefix(prefix)) throw new TypeError('deleteAll: not a blob prefix')
      await rm(join(folder, prefix), { recursive: true, force: true })
    },
  }
}

async function openFile(file: string, mimeType: string): Promise<OpenBlob | null> {
  try {
    const handle = await open(file, 'r')
    const { size } = await handle.stat()
    return { stream: handle.createReadStream(), size, mimeType }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

interface NewBlob {
  file: string
  unfinished: string
  bytes: Uint8Array | AsyncIterable<Uint8Array>
}

async function writeWhole(blob: NewBlob): Promise<void> {
  const { file, unfinished, bytes } = blob
  try {
    await writeFile(unfinished, bytes, { flag: 'wx', flush: true })
    await makeFolder(dirname(file))
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
  await syncFolder(dirname(file))
}

/** A folder outlives a power cut only once the folder above it has been synced. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
