import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { diskBlobs } from '../../src/blobs/disk.ts'
import { describeBlobStore } from './blob-suite.ts'

describeBlobStore('disk blobs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-blobs-'))
  return { blobs: diskBlobs(join(folder, 'new', 'blobs')), close: () => rm(folder, { recursive: true }) }
})

test('leaves nothing but the blob on disk', async () => {
  const folder = await temporaryFolder()
  await diskBlobs(folder).put('chat/12/a.jpg', Buffer.from('a'))
  expect(await filesIn(folder)).toEqual(['chat/12/a.jpg'])
})

test('leaves nothing behind when a blob cannot take its place', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'chat/12/a.jpg'), { recursive: true })
  await writeFile(join(folder, 'chat/12/a.jpg/in-the-way'), '')
  await expect(diskBlobs(folder).put('chat/12/a.jpg', Buffer.from('a'))).rejects.toThrow()
  expect(await filesIn(folder)).toEqual(['chat/12/a.jpg/in-the-way'])
})

test('leaves nothing behind of bytes that break off', async () => {
  const folder = await temporaryFolder()
  async function* broken() {
    yield Buffer.alloc(200_000)
    throw new Error('cut')
  }
  await expect(diskBlobs(folder).put('chat/12/a.jpg', broken())).rejects.toThrow('cut')
  expect(await filesIn(folder)).toEqual([])
})

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-blobs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}
