import { attachmentUrlResponse, messageResponse, uploadResponse } from '@parley/wire/dialogs'
import type { Attachment, Message } from '@parley/wire/dialogs'
import { CONTENT_TYPES } from '@parley/wire/dialogs-requests'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { picture } from '../core/image-files.ts'
import { eachStore } from '../support/databases.ts'
import { openDialogs, refusal, succeeded } from '../support/dialogs.ts'
import type { Dialogs } from '../support/dialogs.ts'
import type { Person } from '../support/workspace.ts'

const SITE = 'https://app.example.com'
const TEXT = Buffer.from('one, two, three')

interface Upload {
  upload_url: string
  s3_key: string
}

eachStore('files of dialogs', (database) => {
  let dialogs: Dialogs
  let anna: Person
  let boris: Person
  let id: string

  beforeAll(async () => {
    dialogs = await openDialogs(database(), { PARLEY_ALLOWED_ORIGINS: SITE, PARLEY_PUBLIC_URL: '' })
    await dialogs.server.app.listen({ port: 0, host: '127.0.0.1' })
  })
  afterAll(() => dialogs.close())
  beforeEach(async () => {
    anna = await dialogs.person()
    boris = await dialogs.person()
    id = (await dialogs.open([anna, boris])).id
  })

  const file = (bytes: Buffer, more: object = {}) => ({
    filename: 'Отчёт (1).TXT',
    content_type: 'text/plain',
    size: bytes.length,
    ...more,
  })

  async function presign(described: object, dialogId = id): Promise<Upload> {
    const body = { dialog_id: dialogId, ...described }
    const { expires_in, ...upload } = succeeded(
      uploadResponse,
      await dialogs.ask(anna, 'POST /upload/presign', { body }),
    ).data
    expect(expires_in).toBe(300)
    return upload
  }

  const put = ({ upload_url }: Upload, body: Buffer<ArrayBuffer>, type = 'text/plain') =>
    fetch(upload_url, { method: 'PUT', headers: { 'content-type': type }, body })

  const post = (attachments: object[], person = anna, dialogId = id) =>
    dialogs.ask(person, `POST /dialogs/${dialogId}/messages`, { body: { attachments } })

  async function send(bytes: Buffer<ArrayBuffer>, more: { content_type?: string } = {}): Promise<Message> {
    const described = file(bytes, more)
    const upload = await presign(described)
    expect((await put(upload, bytes, described.content_type)).status).toBe(204)
    return succeeded(messageResponse, await post([{ s3_key: upload.s3_key, ...described }])).data
  }

  const download = async (url: string) => {
    const reply = await fetch(url)
    return { headers: Object.fromEntries(reply.headers), bytes: Buffer.from(await reply.arrayBuffer()) }
  }

  it('go by address and upload into a message, from which they are downloaded', async () => {
    const { s3_key } = await presign(file(TEXT))
    expect(s3_key).toMatch(new RegExp(`^dialogs/${id}/[0-9a-f-]{36}\\.txt$`))
    const message = await send(TEXT)
    const [attachment] = message.attachments as [Attachment]
    expect(message).toMatchObject({ content: '', attachments: [file(TEXT)] })
    expect(attachment).not.toHaveProperty('width')
    expect(attachment).not.toHaveProperty('thumbnail_url')
    const asked = await dialogs.ask(boris, `GET /attachments/${attachment.id}/url`)
    const { url, thumbnail_url, expires_in } = succeeded(attachmentUrlResponse, asked).data
    expect([url, thumbnail_url, expires_in]).toEqual([attachment.url, null, 3600])
    const { headers, bytes } = await download(url)
    expect(bytes).toEqual(TEXT)
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent('Отчёт ')}%281%29.TXT`,
    })
  })

  it('that are images are shown, with a thumbnail', async () => {
    const bytes = Buffer.from(await picture().png().toBuffer())
    const { attachments } = await send(bytes, { content_type: 'image/png' })
    const [image] = attachments as [Attachment]
    expect(image).toMatchObject({ content_type: 'image/png', width: 300, height: 200 })
    for (const url of [image.url, image.thumbnail_url ?? '']) {
      const { headers } = await download(url)
      expect([headers['content-type'], headers['content-disposition']]).toEqual(['image/png', 'inline'])
    }
    const asked = await dialogs.ask(boris, `GET /attachments/${image.id}/url`)
    expect(succeeded(attachmentUrlResponse, asked).data).toMatchObject({ thumbnail_url: image.thumbnail_url })
  })

  it('that are images of more than 10 MB are kept as they are', async () => {
    const photo = await picture().jpeg().toBuffer()
    const bytes = Buffer.concat([photo, Buffer.alloc(10 * 1024 * 1024, 7)])
    const { attachments } = await send(bytes, { content_type: 'image/jpeg' })
    const [image] = attachments as [Attachment]
    expect(image).toMatchObject({ size: bytes.length, content_type: 'image/jpeg' })
    expect(image).not.toHaveProperty('thumbnail_url')
    const { headers, bytes: got } = await download(image.url)
    expect([headers['content-type'], got.equals(bytes)]).toEqual(['image/jpeg', true])
  })

  it('of all types that are taken may be up to 100 MB large', async () => {
    for (const content_type of CONTENT_TYPES)
      await presign({ filename: 'a', content_type, size: 104_857_600 })
  })

  it('may be ten to a message, in a send that is repeated too', async () => {
    const described: object[] = []
    for (let n = 0; n < 10; n++) {
      const upload = await presign(file(TEXT))
      await put(upload, TEXT)
      described.push({ s3_key: upload.s3_key, ...file(TEXT) })
    }
    const headers = { authorization: `Bearer ${anna.token}`, 'idempotency-key': 'ten' }
    const again = () =>
      dialogs.request({
        what: `POST /dialogs/${id}/messages?user_id=${anna.id}`,
        headers,
        body: { content: 'ten', attachments: described },
      })
    const first = succeeded(messageResponse, await again())
    expect(first.data.attachments).toHaveLength(10)
    expect(succeeded(messageResponse, await again())).toEqual(first)
    expect(refusal(await post(described), 'VALIDATION_ERROR')).toContain('attachments: must name own files')
  })

  it('are sent by who uploaded them, to where they were uploaded, as what they are', async () => {
    const upload = await presign(file(TEXT))
    const described = { s3_key: upload.s3_key, ...file(TEXT) }
    expect((await post([described])).status).toBe(409)
    await put(upload, TEXT)
    const refused = 'attachments: must be own uploads to this conversation'
    expect(refusal(await post([described], boris), 'VALIDATION_ERROR')).toBe(refused)
    for (const wrong of [{ size: 14 }, { content_type: 'text/csv' }])
      expect(refusal(await post([{ ...described, ...wrong }]), 'VALIDATION_ERROR')).toBe(refused)
    const elsewhere = (await dialogs.open([anna])).id
    const key = 'attachments: must have keys of uploads to this dialog'
    expect(refusal(await post([described], anna, elsewhere), 'VALIDATION_ERROR')).toBe(key)
    const moved = { ...described, s3_key: described.s3_key.replace(id, elsewhere) }
    expect(refusal(await post([moved], anna, elsewhere), 'VALIDATION_ERROR')).toBe(refused)
    succeeded(messageResponse, await post([described]))
  })

  it('that are not what they are said to be are refused', async () => {
    const described = file(TEXT, { content_type: 'image/png' })
    const upload = await presign(described)
    await put(upload, TEXT, 'image/png')
    refusal(await post([{ s3_key: upload.s3_key, ...described }]), 'UNSUPPORTED_MEDIA_TYPE')
  })

  it.each([
    ['one byte more', (upload: Upload) => put(upload, Buffer.concat([TEXT, TEXT.subarray(0, 1)]))],
    ['one byte less', (upload: Upload) => put(upload, TEXT.subarray(1))],
    ['another type', (upload: Upload) => put(upload, TEXT, 'text/html')],
    [
      'another expiry',
      (upload: Upload) =>
        put({ ...upload, upload_url: upload.upload_url.replace(/expires=\d/, 'expires=9') }, TEXT),
    ],
    [
      'another signature',
      (upload: Upload) => put({ ...upload, upload_url: `${upload.upload_url.slice(0, -2)}AA` }, TEXT),
    ],
  ])('are not taken with %s', async (_, attempt) => {
    const upload = await presign(file(TEXT))
    expect((await attempt(upload)).status).toBe(403)
    expect((await post([{ s3_key: upload.s3_key, ...file(TEXT) }])).status).toBe(409)
  })

  it('are not taken once their time is over', async () => {
    const upload = await presign(file(TEXT))
    vi.useFakeTimers({ now: Date.now() + 301_000, toFake: ['Date'] })
    const late = await put(upload, TEXT).finally(() => vi.useRealTimers())
    expect([late.status, await late.json()]).toMatchObject([403, { error: { code: 'forbidden' } }])
  })

  it.each([
    ['filename', ''],
    ['filename', 'a/b.txt'],
    ['filename', 'a\\b.txt'],
    ['filename', 'a\nb.txt'],
    ['filename', 'x'.repeat(256)],
    ['content_type', ''],
    ['content_type', 'text'],
    ['content_type', 'text/html'],
    ['content_type', 'image/svg+xml'],
    ['content_type', 'application/x-msdownload'],
    ['content_type', 'text/plain; charset=utf-8'],
    ['size', 0],
    ['size', -1],
    ['size', 1.5],
    ['size', 104_857_601],
    ['size', '1'],
    ['size', null],
    ['dialog_id', null],
  ])('are not described by the %s %j', async (field, wrong) => {
    const body = { dialog_id: id, ...file(TEXT), [field]: wrong }
    const reply = await dialogs.ask(anna, 'POST /upload/presign', { body })
    expect(refusal(reply, 'VALIDATION_ERROR')).toMatch(`${field}: `)
  })

  it('are uploaded from the pages of an allowed site, and of no other', async () => {
    const { upload_url } = await presign(file(TEXT))
    const preflight = async (origin: string) => {
      const asked = {
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type',
      }
      const { headers } = await fetch(upload_url, { method: 'OPTIONS', headers: { origin, ...asked } })
      return headers.get('access-control-allow-origin')
    }
    expect([await preflight(SITE), await preflight('https://evil.example')]).toEqual([SITE, null])
  })

  it('and all else may be asked for from these pages, whose preflight says not who asks', async () => {
    const preflight = (origin: string) =>
      dialogs.server.app.inject({
        method: 'OPTIONS',
        url: '/api/v1/dialogs?user_id=somebody',
        headers: {
          origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization,content-type,x-scope-config',
        },
      })
    const { statusCode, headers } = await preflight(SITE)
    expect(statusCode).toBe(204)
    expect(headers).toMatchObject({
      'access-control-allow-origin': SITE,
      'access-control-allow-headers': 'authorization,content-type,x-scope-config',
      'access-control-allow-methods': expect.stringMatching(/GET.*POST.*PUT.*DELETE/) as string,
    })
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined()
  })
})
