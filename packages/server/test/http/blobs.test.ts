import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diskBlobs } from '../../src/blobs/disk.ts'
import { blobRoutes } from '../../src/http/blobs.ts'

let app: FastifyInstance
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-blobs-'))
  const blobs = diskBlobs(folder)
  for (const extension of ['jpg', 'png', 'webp', 'gif', 'bin']) await blobs.put(`chat/1/a.${extension}`, PAGE)
  app = Fastify()
  await app.register(blobRoutes, { blobs })
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const PAGE = Buffer.from('<!doctype html><script>alert(1)</script>')

const fetch = (path: string) => app.inject({ url: `/blobs/chat/1/${path}` })

test.each([
  ['a.jpg', 'image/jpeg'],
  ['a.png', 'image/png'],
  ['a.webp', 'image/webp'],
  ['a.gif', 'image/gif'],
])('%s is shown as %s, and runs nothing whatever is in it', async (name, type) => {
  const { headers, rawPayload } = await fetch(`${name}?filename=page.html`)
  expect(headers).toMatchObject({
    'content-type': type,
    'content-disposition': 'inline',
    'content-security-policy': "default-src 'none'; sandbox",
  })
  expect(rawPayload).toEqual(PAGE)
})

test.each([
  ['', 'attachment'],
  ['?filename=page.html', "attachment; filename*=UTF-8''page.html"],
  [
    `?filename=${encodeURIComponent('отчёт (1)\r\n".pdf')}`,
    "attachment; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82%20%281%29%0D%0A%22.pdf",
  ],
])('all else is downloaded under its name: %j', async (query, disposition) => {
  expect((await fetch(`a.bin${query}`)).headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': disposition,
    'content-security-policy': "default-src 'none'; sandbox",
  })
})

test('what is not there is not found', async () => {
  for (const path of ['b.bin', '..%2f..%2fetc%2fpasswd', 'a.svg']) {
    expect((await fetch(path)).statusCode, path).toBe(404)
  }
})
