import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { attachmentUrlResponse, messageResponse, uploadResponse, type Attachment } from '@parley/wire/dialogs'
import { request } from '../support/http.ts'
import { phonePhoto, picture } from '../support/images.ts'
import { answered, join, messagesOf, refusal, type Guest } from './guest.ts'
import { OPEN, SITE, type House } from './house.ts'

interface File {
  filename: string
  content_type: string
  size: number
}

const text = (content: string): [File, Buffer] => {
  const bytes = Buffer.from(content)
  return [{ filename: 'План (1).txt', content_type: 'text/plain', size: bytes.length }, bytes]
}

export function files(house: House) {
  async function pair() {
    const [anna, boris] = await house.guests(2)
    return { anna, boris, id: (await house.open([anna, boris], { access_scopes: [OPEN] })).id }
  }
  async function presign(who: Guest, dialog_id: string, file: File) {
    const { data } = answered(uploadResponse, await who.call('POST /upload/presign', { dialog_id, ...file }))
    expect(data.expires_in).toBe(300)
    return data
  }
  const put = (url: string, bytes: Buffer, type: string, headers = {}) =>
    request('PUT', url, { headers: { 'content-type': type, ...headers }, raw: bytes })

  async function upload(who: Guest, id: string, [file, bytes]: [File, Buffer]) {
    const { upload_url, s3_key } = await presign(who, id, file)
    const reply = await put(upload_url, bytes, file.content_type)
    expect(reply.status, reply.bytes.toString()).toBe(204)
    return { s3_key, ...file }
  }
  async function sendFile(who: Guest, id: string, file: [File, Buffer], content = ''): Promise<Attachment> {
    const body = { content, attachments: [await upload(who, id, file)] }
    const { data } = answered(messageResponse, await who.call(`POST /dialogs/${id}/messages`, body))
    const [attachment] = data.attachments
    if (!attachment) throw new Error('a message with its attachment')
    return attachment
  }
  const urlOf = async (who: Guest, id: string) =>
    answered(attachmentUrlResponse, await who.call(`GET /attachments/${id}/url`)).data

  test('a file goes by address and upload into a message, which is heard, listed and downloaded under its name', async () => {
    const { anna, boris, id } = await pair()
    const line = await house.line(boris)
    const file = text('Ship it on Friday')
    const attachment = await sendFile(anna, id, file)
    expect(attachment).toMatchObject(file[0])
    expect((await line.next('message.new')).content).toBe('')
    expect((await messagesOf(boris, id))[0]).toMatchObject({ content: '', attachments: [attachment] })
    const { url, thumbnail_url, expires_in } = await urlOf(boris, attachment.id)
    expect([url, thumbnail_url, expires_in]).toEqual([attachment.url, null, 3600])
    const { status, bytes, headers } = await request('GET', url)
    expect([status, bytes.toString()]).toEqual([200, 'Ship it on Friday'])
    const disposition = headers.get('content-disposition') ?? ''
    expect(disposition).toMatch(/^attachment;/)
    expect(disposition).toContain(encodeURIComponent('План').replaceAll('(', '%28'))
  })

  test('an image is upright, without its place, and has a thumbnail of 200 by 200 at most', async () => {
    const { anna, boris, id } = await pair()
    const bytes = await phonePhoto(600, 400)
    const photo = { filename: 'photo.jpg', content_type: 'image/jpeg', size: bytes.length }
    const attachment = await sendFile(anna, id, [photo, bytes], '<p>Look</p>')
    expect(attachment).toMatchObject({
      filename: 'photo.jpg',
      content_type: 'image/jpeg',
      width: 400,
      height: 600,
    })
    const { url, thumbnail_url } = await urlOf(boris, attachment.id)
    expect(thumbnail_url).toBe(attachment.thumbnail_url)
    const shown = await request('GET', url)
    expect(shown.headers.get('content-type')).toBe('image/jpeg')
    expect(shown.bytes.includes('SecretPhone')).toBe(false)
    const thumbnail = await request('GET', thumbnail_url ?? '')
    const { width, height } = await sharp(thumbnail.bytes).metadata()
    expect([width, height]).toEqual([133, 200])
  })

  test('ten files are one message', async () => {
    const { anna, id } = await pair()
    const names = Array.from({ length: 10 }, (_, n) => `file ${n}.txt`)
    const attachments = await Promise.all(
      names.map((filename) =>
        upload(anna, id, [{ filename, content_type: 'text/plain', size: 1 }, Buffer.from('x')]),
      ),
    )
    const reply = await anna.call(`POST /dialogs/${id}/messages`, { content: 'All', attachments })
    expect(
      answered(messageResponse, reply)
        .data.attachments.map(({ filename }) => filename)
        .sort(),
    ).toEqual(names)
  })

  describe('POST /upload/presign', () => {
    const fine = { filename: 'a.txt', content_type: 'text/plain', size: 1 }
    test.each([
      ['filename', { ...fine, filename: '' }],
      ['filename', { ...fine, filename: '../../etc/passwd' }],
      ['filename', { ...fine, filename: 'a\\b.txt' }],
      ['content_type', { ...fine, content_type: 'text/html' }],
      ['content_type', { ...fine, content_type: 'image/svg+xml' }],
      ['content_type', { ...fine, content_type: 'application/x-msdownload' }],
      ['size', { ...fine, size: 0 }],
      ['size', { ...fine, size: 104_857_601 }],
      ['size', { ...fine, size: 1.5 }],
    ])('refuses a %s: %j', async (field, file) => {
      const { anna, id } = await pair()
      const reply = await anna.call('POST /upload/presign', { dialog_id: id, ...file })
      expect(refusal(reply, 'VALIDATION_ERROR')).toMatch(new RegExp(`^${field}: `))
    })

    test('gives addresses for up to 104,857,600 bytes, to members alone', async () => {
      const { anna, id } = await pair()
      const { s3_key } = await presign(anna, id, { ...fine, filename: 'Film.MP4', size: 104_857_600 })
      expect(s3_key).toMatch(new RegExp(`^dialogs/${id}/[0-9a-f-]{36}\\.mp4$`))
      const outsider = await house.guest()
      refusal(await outsider.call('POST /upload/presign', { dialog_id: id, ...fine }), 'NOT_PARTICIPANT')
      refusal(await anna.call('POST /upload/presign', { dialog_id: 'x', ...fine }), 'DIALOG_NOT_FOUND')
    })
  })

  describe('PUT to its address', () => {
    test('is open to pages of the site, without any credentials', async () => {
      const { anna, id } = await pair()
      const [file, bytes] = text('From a page')
      const { upload_url } = await presign(anna, id, file)
      const asked = {
        origin: SITE,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type',
      }
      const preflight = await request('OPTIONS', upload_url, { headers: asked })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-origin')).toBe(SITE)
      expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT')
      expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('content-type')
      const reply = await put(upload_url, bytes, 'text/plain', { origin: SITE })
      expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([204, SITE])
    })

    test('takes what was described and nothing else, at no other address', async () => {
      const { anna, id } = await pair()
      const [file, bytes] = text('Described')
      const { upload_url, s3_key } = await presign(anna, id, file)
      const attempts: [string, Buffer, string][] = [
        [upload_url, Buffer.from('Describe'), 'text/plain'],
        [upload_url, Buffer.from('Described!'), 'text/plain'],
        [upload_url, bytes, 'text/html'],
        [upload_url.replace(/expires=\d+/, 'expires=1'), bytes, 'text/plain'],
        [upload_url.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) + 1}`), bytes, 'text/plain'],
        [upload_url.replace(/signature=./, 'signature=!'), bytes, 'text/plain'],
        [upload_url.replace(/uploads\/(\d+)/, (_, n) => `uploads/${Number(n) + 1}`), bytes, 'text/plain'],
      ]
      for (const [url, body, type] of attempts) expect((await put(url, body, type)).status, url).toBe(403)
      const early = await anna.call(`POST /dialogs/${id}/messages`, {
        content: 'x',
        attachments: [{ s3_key, ...file }],
      })
      refusal(early, 'CONFLICT')
      expect((await put(upload_url, bytes, 'text/plain')).status).toBe(204)
    })
  })

  describe('is sent', () => {
    test('only by who uploaded it, to its dialog, as it was described, once', async () => {
      const { anna, boris, id } = await pair()
      const other = (await house.open([anna, boris])).id
      const file = await upload(anna, id, text('Once'))
      const post = (who: Guest, where: string, sent: object) =>
        who.call(`POST /dialogs/${where}/messages`, { content: '', attachments: [sent] })
      const wrong: [Guest, string, object][] = [
        [boris, id, file],
        [anna, other, file],
        [anna, other, { ...file, s3_key: file.s3_key.replace(id, other) }],
        [anna, id, { ...file, size: file.size + 1 }],
        [anna, id, { ...file, content_type: 'application/pdf' }],
        [anna, id, { ...file, s3_key: `dialogs/${id}/../${id}/${file.s3_key.split('/')[2]}` }],
        [anna, id, { ...file, s3_key: `/${file.s3_key}` }],
        [anna, id, { ...file, s3_key: file.s3_key.replace('.txt', '/../x.txt') }],
        [anna, id, { ...file, s3_key: 'https://evil.example/a.txt' }],
      ]
      for (const [who, where, sent] of wrong)
        expect(refusal(await post(who, where, sent), 'VALIDATION_ERROR')).toMatch(/^attachments/)
      answered(messageResponse, await post(anna, id, file))
      refusal(await post(anna, id, file), 'VALIDATION_ERROR')
      expect(await messagesOf(boris, id)).toHaveLength(1)
    })

    test('only where it is what it is said to be', async () => {
      const { anna, id } = await pair()
      const png = await picture('png', 9, 9)
      for (const [content_type, bytes] of [
        ['image/png', Buffer.from('<svg onload="alert(1)"/>')],
        ['image/jpeg', png],
        ['image/png', Buffer.from('MZ\0\0 no picture at all')],
      ] as const) {
        const file = await upload(anna, id, [{ filename: 'x.png', content_type, size: bytes.length }, bytes])
        const reply = await anna.call(`POST /dialogs/${id}/messages`, { content: '', attachments: [file] })
        refusal(reply, 'UNSUPPORTED_MEDIA_TYPE')
      }
      expect(await messagesOf(anna, id)).toEqual([])
    })
  })

  test('GET /attachments/{id}/url is for members: neither outsiders nor who has left', async () => {
    const { anna, boris, id } = await pair()
    const waiting = await upload(anna, id, text('Not sent yet'))
    const unsent = waiting.s3_key.split('/')[2]?.split('.')[0]
    const attachment = await sendFile(anna, id, text('Secret'))
    const path = `GET /attachments/${attachment.id}/url`
    const outsider = await house.guest()
    refusal(await outsider.call(path), 'NOT_PARTICIPANT')
    await boris.call(`POST /dialogs/${id}/leave`)
    refusal(await boris.call(path), 'NOT_PARTICIPANT')
    await join(outsider, id)
    expect((await urlOf(outsider, attachment.id)).url).toBe(attachment.url)
    for (const none of ['x', id, unsent])
      refusal(await anna.call(`GET /attachments/${none}/url`), 'ATTACHMENT_NOT_FOUND')
    await anna.call(`DELETE /dialogs/${id}/messages/${(await messagesOf(anna, id))[0]?.id}`)
    refusal(await anna.call(path), 'ATTACHMENT_NOT_FOUND')
    expect((await request('GET', attachment.url)).status).toBe(404)
  })
}
