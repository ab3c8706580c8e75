import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { BlobStore } from '../../src/core/blobs.ts'

const NOT_KEYS = [
  '',
  'a.jpg',
  'chat/12',
  'chat/12/',
  'chat/12/a',
  'chat/12/.jpg',
  'chat/12/a.',
  'chat/../a.jpg',
  'chat/12/../../../etc/passwd',
  '../a.jpg',
  './chat/a.jpg',
  '/chat/12/a.jpg',
  'chat//a.jpg',
  'chat\\12\\a.jpg',
  'c:/chat/a.jpg',
  'chat/12/a.jpg\0',
  'chat/12/a.jpg\n',
  'chat/%2e%2e/a.jpg',
  'chat/12/A.JPG',
  'chat/12/é.jpg',
  '.unfinished/a.jpg',
  `chat/${'a'.repeat(200)}/a.jpg`,
]

export interface StoreUnderTest {
  blobs: BlobStore
  close(): Promise<void>
}

/** What every blob store promises; `start` opens an empty one. */
export function describeBlobStore(name: string, start: () => Promise<StoreUnderTest>): void {
  const emptyStore = async (): Promise<BlobStore> => {
    const store = await start()
    onTestFinished(() => store.close())
    return store.blobs
  }

  describe(name, () => {
    test('gives back what was put, with its size and type', async () => {
      const blobs = await emptyStore()
      await blobs.put('chat/12/ab12.jpg', Buffer.from('one'))
      expect(await read(blobs, 'chat/12/ab12.jpg')).toEqual({ text: 'one', size: 3, mimeType: 'image/jpeg' })
    })

    test.each([
      ['chat/1/a.jpg', 'image/jpeg'],
      ['chat/1/a.png', 'image/png'],
      ['chat/1/a_thumb.webp', 'image/webp'],
      ['chat/1/a.gif', 'image/gif'],
      ['chat/1/a.svg', 'application/octet-stream'],
      ['chat/1/a.html', 'application/octet-stream'],
    ])('serves %s as %s', async (key, mimeType) => {
      const blobs = await emptyStore()
      await blobs.put(key, Buffer.from('bytes'))
      expect(await read(blobs, key)).toMatchObject({ mimeType })
    })

    test('keeps an empty blob and a large one byte for byte', async () => {
      const blobs = await emptyStore()
      const large = Buffer.alloc(3_000_000, 'parley')
      await blobs.put('chat/1/empty.png', Buffer.alloc(0))
      await blobs.put('chat/1/large.png', large)
      expect(await read(blobs, 'chat/1/empty.png')).toMatchObject({ text: '', size: 0 })
      expect(await read(blobs, 'chat/1/large.png')).toMatchObject({ text: large.toString(), size: 3_000_000 })
    })

    test('keeps nothing of bytes that break off, and what was there before', async () => {
      const blobs = await emptyStore()
      await blobs.put('chat/1/old.png', Buffer.from('whole'))
      async function* broken() {
        yield Buffer.alloc(200_000)
        throw new Error('cut')
      }
      for (const key of ['chat/1/old.png', 'chat/1/new.png'])
        await expect(blobs.put(key, broken())).rejects.toThrow('cut')
      expect(await read(blobs, 'chat/1/old.png')).toMatchObject({ text: 'whole' })
      expect(await blobs.open('chat/1/new.png')).toBeNull()
    })

    test('replaces a blob whole while others read it', async () => {
      const blobs = await emptyStore()
      const versions = ['a', 'b'].map((letter) => letter.repeat(200_000))
      await blobs.put('chat/1/a.png', Buffer.from(versions[0] ?? ''))
      const writes = Array.from({ length: 10 }, (_, i) =>
        blobs.put('chat/1/a.png', Buffer.from(versions[i % 2] ?? '')),
      )
      const reads = Array.from({ length: 10 }, () => read(blobs, 'chat/1/a.png'))
      for (const seen of await Promise.all(reads)) expect(versions).toContain(seen?.text)
      await Promise.all(writes)
    })

    test('answers null for what is not there', async () => {
      const blobs = await emptyStore()
      expect(await blobs.open('chat/12/none.jpg')).toBeNull()
    })

    test('forgets a deleted blob, and deleting it again is no error', async () => {
      const blobs = await emptyStore()
      await blobs.put('chat/12/a.jpg', Buffer.from('a'))
      await blobs.put('chat/12/b.jpg', Buffer.from('b'))
      await blobs.delete('chat/12/a.jpg')
      await blobs.delete('chat/12/a.jpg')
      expect(await blobs.open('chat/12/a.jpg')).toBeNull()
      expect(await read(blobs, 'chat/12/b.jpg')).toMatchObject({ text: 'b' })
    })

    test('deletes all below a prefix and nothing beside it', async () => {
      const blobs = await emptyStore()
      for (const key of ['chat/1/a.jpg', 'chat/1/deep/b.jpg', 'chat/12/c.jpg'])
        await blobs.put(key, Buffer.from(key))
      await blobs.deleteAll('chat/1/')
      await blobs.deleteAll('chat/1/')
      expect(await blobs.open('chat/1/a.jpg')).toBeNull()
      expect(await blobs.open('chat/1/deep/b.jpg')).toBeNull()
      expect(await read(blobs, 'chat/12/c.jpg')).toMatchObject({ text: 'chat/12/c.jpg' })
    })

    test.each(NOT_KEYS)('stores nothing under %j and finds nothing there', async (key) => {
      const blobs = await emptyStore()
      await expect(blobs.put(key, Buffer.from('x'))).rejects.toThrow('not a blob key')
      await expect(blobs.delete(key)).rejects.toThrow('not a blob key')
      expect(await blobs.open(key)).toBeNull()
    })

    test.each(['', '/', 'chat', 'chat/..//', '../', 'chat/./', '.unfinished/'])(
      'clears no prefix %j',
      async (prefix) => {
        const blobs = await emptyStore()
        await expect(blobs.deleteAll(prefix)).rejects.toThrow('not a blob prefix')
      },
    )
  })
}

async function read(blobs: BlobStore, key: string) {
  const blob = await blobs.open(key)
  return blob && { text: (await buffer(blob.stream)).toString(), size: blob.size, mimeType: blob.mimeType }
}
