import {
  attachmentListResponse,
  attachmentResponse,
  messageResponse,
  uploadTicketResponse,
} from '@parley/wire/workspace'
import type { UploadTicket } from '@parley/wire/workspace'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { MAX_FILE_BYTES } from '../../src/core/tickets.ts'
import { picture } from '../core/image-files.ts'
import { eachStore } from '../support/databases.ts'
import { exact, openWorkspace, problem } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'

const SITE = 'https://app.example.com'
const TEXT = Buffer.from('one, two, three')

eachStore('attachments of the workspace', (database) => {
  let workspace: Workspace
  let person: Person
  let conversationId: string

  beforeAll(async () => {
    workspace = await openWorkspace(database(), { PARLEY_ALLOWED_ORIGINS: SITE, PARLEY_PUBLIC_URL: '' })
    await workspace.server.app.listen({ port: 0, host: '127.0.0.1' })
  })
  afterAll(() => workspace.close())
  beforeEach(async () => {
    person = await workspace.person()
    conversationId = (await workspace.conversation(person, { type: 'group' })).id
  })

  const file = (rest: object = {}) => ({
    conversationId,
    filename: 'Отчёт (1).txt',
    mimeType: 'text/plain',
    size: TEXT.length,
    ...rest,
  })

  async function ticket(rest?: object): Promise<UploadTicket> {
    const reply = await workspace.call(person, '/chat/attachments/upload-ticket', file(rest))
    expect(reply.status).toBe(200)
    return exact(uploadTicketResponse, reply.body).data
  }

  const put = ({ uploadUrl, headers }: UploadTicket, body: Buffer<ArrayBuffer> = TEXT, more: object = {}) =>
    fetch(uploadUrl, { method: 'PUT', headers: { ...headers, ...more }, body })

  async function finalize({ attachmentId }: UploadTicket, rest: object = {}) {
    const reply = await workspace.call(person, '/chat/attachments/finalize', { attachmentId, ...rest })
    expect([reply.status, reply.body]).toEqual([200, reply.body])
    return exact(attachmentResponse, reply.body).data
  }

  it('go by ticket, upload and check into a message, from which they are downloaded', async () => {
    const allowed = await ticket()
    expect(allowed.headers).toEqual({ 'Content-Type': 'text/plain' })
    expect((await put(allowed)).status).toBe(204)
    const attachment = await finalize(allowed)
    expect(attachment).toMatchObject({ filename: 'Отчёт (1).txt', size: TEXT.length, thumbnailUrl: null })
    const body = { conversationId, attachmentIds: [attachment.id] }
    const sent = await workspace.call(person, '/chat/messages/send', body)
    expect(exact(messageResponse, sent.body).data).toMatchObject({
      type: 'text',
      content: '',
      attachments: [attachment],
    })
    const shared = await workspace.call(person, `/chat/conversations/${conversationId}/attachments/list`, {})
    expect(exact(attachmentListResponse, shared.body).data).toEqual([attachment])

    const download = await fetch(attachment.url)
    expect(Buffer.from(await download.arrayBuffer())).toEqual(TEXT)
    expect(Object.fromEntries(download.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent('Отчёт ')}%281%29.txt`,
      'x-content-type-options': 'nosniff',
    })
  })

  it('show images in place, with a thumbnail', async () => {
    const bytes = Buffer.from(await picture().webp().toBuffer())
    const allowed = await ticket({ mimeType: 'image/webp', size: bytes.length })
    await put(allowed, bytes)
    const message = await workspace.send(person, conversationId, 'look')
    const image = await finalize(allowed, { messageId: message.id })
    for (const url of [image.url, image.thumbnailUrl ?? '']) {
      const reply = await fetch(url)
      expect(reply.headers.get('content-type')).toBe('image/webp')
      expect(reply.headers.get('content-disposition')).toBe('inline')
      await reply.arrayBuffer()
    }
  })

  it('are paged', async () => {
    for (let n = 0; n < 3; n++) {
      const allowed = await ticket()
      await put(allowed)
      const { id } = await finalize(allowed)
      const body = { conversationId, content: 'x', attachmentIds: [id] }
      expect((await workspace.call(person, '/chat/messages/send', body)).status).toBe(201)
    }
    const list = `/chat/conversations/${conversationId}/attachments/list`
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const reply = await workspace.call(person, list, { limit: 2, ...(cursor !== null && { cursor }) })
      const { data, page } = exact(attachmentListResponse, reply.body)
      seen.push(...data.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual([...seen].sort((a, b) => Number(b) - Number(a)))
    expect(new Set(seen).size).toBe(3)
  })

  it.each([
    ['one byte more', (allowed: UploadTicket) => put(allowed, Buffer.concat([TEXT, Buffer.from('!')]))],
    ['one byte less', (allowed: UploadTicket) => put(allowed, TEXT.subarray(1))],
    ['another type', (allowed: UploadTicket) => put(allowed, TEXT, { 'Content-Type': 'text/html' })],
    [
      'another signature',
      (allowed: UploadTicket) => put({ ...allowed, uploadUrl: allowed.uploadUrl.slice(0, -2) + 'AA' }),
    ],
    [
      'another expiry',
      (allowed: UploadTicket) =>
        put({ ...allowed, uploadUrl: allowed.uploadUrl.replace(/expires=\d/, 'expires=9') }),
    ],
    [
      'the ticket of another',
      async (allowed: UploadTicket) => {
        const { attachmentId } = await ticket()
        const uploadUrl = allowed.uploadUrl.replace(/uploads\/\d+/, `uploads/${attachmentId}`)
        return put({ ...allowed, uploadUrl })
      },
    ],
  ])('are refused with %s', async (_, attempt) => {
    const allowed = await ticket()
    const reply = await attempt(allowed)
    const message = expect.stringMatching(
      /must all be those of the ticket. Received: \S+, \d+ bytes\.$/,
    ) as string
    expect([reply.status, await reply.json()]).toEqual([403, { error: { code: 'forbidden', message } }])
    const { attachmentId } = allowed
    problem(
      await workspace.call(person, '/chat/attachments/finalize', { attachmentId }),
      '/problems/conflict',
    )
  })

  it('are refused without a length, and by any other method', async () => {
    const { uploadUrl, headers } = await ticket()
    const request = http.request(uploadUrl, { method: 'PUT', headers })
    request.write(TEXT)
    request.end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    expect(response.statusCode).toBe(403)
    response.resume()
    await once(response, 'end')
    for (const method of ['POST', 'GET', 'DELETE']) {
      const reply = await fetch(uploadUrl, { method })
      expect(reply.status).toBe(404)
      await reply.text()
    }
  })

  it('that break off are not there, and may be sent again', async () => {
    const allowed = await ticket()
    const headers = { ...allowed.headers, 'Content-Length': TEXT.length }
    const request = http.request(allowed.uploadUrl, { method: 'PUT', headers })
    request.on('error', () => undefined)
    await new Promise((resolve) => request.write(TEXT.subarray(5), resolve))
    const closed = new Promise((resolve) => request.on('close', resolve))
    request.destroy()
    await closed
    expect((await put(allowed)).status).toBe(204)
    await finalize(allowed)
  })

  it('have the time that they take on a slow line', () => {
    const { requestTimeout, headersTimeout } = workspace.server.app.server
    const bytesPerMs = 256 / 8
    expect(requestTimeout * bytesPerMs).toBeGreaterThan(MAX_FILE_BYTES)
    expect(headersTimeout).toBe(60_000)
  })

  it('may be uploaded from the pages of an allowed site', async () => {
    const { uploadUrl } = await ticket()
    const preflight = (origin: string) =>
      fetch(uploadUrl, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'content-type',
        },
      })
    const { headers } = await preflight(SITE)
    expect(headers.get('access-control-allow-origin')).toBe(SITE)
    expect(headers.get('access-control-allow-methods')).toContain('PUT')
    expect(headers.get('access-control-allow-headers')).toBe('content-type')
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
  })

  it.each([
    [{ filename: '' }, 'filename'],
    [{ filename: 'a/b.txt' }, 'filename'],
    [{ filename: 'a\\b.txt' }, 'filename'],
    [{ filename: 'a\nb.txt' }, 'filename'],
    [{ filename: 'a'.repeat(256) }, 'filename'],
    [{ mimeType: 'text' }, 'mimeType'],
    [{ mimeType: 'text/plain; charset=utf-8' }, 'mimeType'],
    [{ size: 0 }, 'size'],
    [{ size: 1.5 }, 'size'],
    [{ size: 25 * 1024 * 1024 + 1 }, 'size'],
    [{ size: 10 * 1024 * 1024 + 1, mimeType: 'image/jpeg' }, 'size'],
  ])('are described as %j in vain', async (rest, field) => {
    const reply = await workspace.call(person, '/chat/attachments/upload-ticket', file(rest))
    expect(Object.keys(problem(reply, '/problems/invalid') ?? {})).toEqual([field])
  })

  it('are refused where nothing is said and nothing is attached', async () => {
    const body = { conversationId, content: ' ', attachmentIds: [] }
    const reply = await workspace.call(person, '/chat/messages/send', body)
    expect(problem(reply, '/problems/invalid')).toEqual({ content: ['must not be empty'] })
  })

  it('are served from where the server listens', async () => {
    const { port } = workspace.server.app.server.address() as AddressInfo // it listens on TCP
    expect((await ticket()).uploadUrl).toMatch(`http://127.0.0.1:${port}/uploads/`)
  })
})
