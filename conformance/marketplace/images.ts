import { describe, expect, test } from 'vitest'
import sharp from 'sharp'
import { messageResponse, type Message } from '@parley/wire/marketplace'
import { getConversation, imageForm, listMessages, sendImage, totalUnread } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { request } from '../support/http.ts'
import { greyPng, phonePhoto, picture, pngOfBytes } from '../support/images.ts'
import { exact, refusal, TIME } from '../support/shape.ts'

const TEN_MEGABYTES = 10 * 1024 * 1024

export function images(chat: Chat) {
  async function fetchBoth({ image_url, image_thumbnail }: Message) {
    const full = await request('GET', image_url ?? '')
    const thumbnail = await request('GET', image_thumbnail ?? '')
    return { full, thumbnail }
  }

  async function refusedWith(image: Buffer, name?: string, type?: string) {
    const { buyer, conversation } = await chat.pair()
    const form = imageForm(image, name, type)
    const reply = await buyer.upload(`/conversations/${conversation.id}/messages/image`, form)
    const message = refusal(reply, 'image')
    expect((await listMessages(buyer, conversation.id)).data).toEqual([])
    return message
  }

  describe('POST /api/vendor/conversations/{id}/messages/image', () => {
    test('answers 201 with a message of type image, moves the conversation and publishes message.new', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listeners = [await chat.connect(seller), await chat.connect(buyer)]
      const form = imageForm(await picture('jpeg', 640, 480))
      const reply = await buyer.upload(`/conversations/${conversation.id}/messages/image`, form)
      expect(reply.status).toBe(201)
      const message = exact(messageResponse, reply.body).data
      expect(message).toStrictEqual({
        id: expect.any(Number) as number,
        conversation_id: conversation.id,
        sender_id: buyer.id,
        type: 'image',
        text: null,
        image_url: expect.any(String) as string,
        image_thumbnail: expect.any(String) as string,
        status: 'sent',
        created_at: expect.stringMatching(TIME) as string,
      })
      for (const listener of listeners) {
        expect(await listener.next('message.new')).toEqual({ conversation_id: conversation.id, message })
      }
      expect(await getConversation(seller, conversation.id)).toMatchObject({
        last_message: message,
        unread_count: 1,
        updated_at: message.created_at,
      })
      expect(await totalUnread(seller)).toBe(1)
      expect((await listMessages(seller, conversation.id)).data).toEqual([message])
    })

    test.each(['jpeg', 'png', 'webp'] as const)(
      'serves a %s and its thumbnail to whoever has the address',
      async (format) => {
        const { buyer, conversation } = await chat.pair()
        const message = await sendImage(
          buyer,
          conversation.id,
          await picture(format, 400, 100),
          `photo.${format}`,
        )
        const origin = chat.server().url.replaceAll('.', '\\.')
        const path = `${origin}/(?:[^?#]*/)?chat/${conversation.id}/([0-9a-f]{16,})`
        const name = new RegExp(`^${path}\\.(jpg|jpeg|png|webp)$`).exec(message.image_url ?? '')
        const thumbnailName = new RegExp(`^${path}_thumb\\.(jpg|jpeg|png|webp)$`).exec(
          message.image_thumbnail ?? '',
        )
        expect(name, message.image_url ?? '').not.toBeNull()
        expect(thumbnailName?.[1], message.image_thumbnail ?? '').toBe(name?.[1])
        const { full, thumbnail } = await fetchBoth(message)
        for (const [reply, extension] of [
          [full, name?.[2]],
          [thumbnail, thumbnailName?.[2]],
        ] as const) {
          expect(reply.status).toBe(200)
          expect(reply.headers.get('content-type')).toBe(
            `image/${extension === 'jpg' ? 'jpeg' : (extension ?? '')}`,
          )
          expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
          expect(reply.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
          expect(`image/${(await sharp(reply.bytes).metadata()).format}`).toBe(
            reply.headers.get('content-type'),
          )
        }
        expect(await sharp(full.bytes).metadata()).toMatchObject({ width: 400, height: 100 })
        expect(await sharp(thumbnail.bytes).metadata()).toMatchObject({ width: 200, height: 50 })
      },
    )

    test('keeps the proportions of a thumbnail and never enlarges', async () => {
      const { buyer, conversation } = await chat.pair()
      const sizes = [
        [300, 600, 100, 200],
        [201, 201, 200, 200],
        [50, 30, 50, 30],
      ] as const
      for (const [width, height, thumbWidth, thumbHeight] of sizes) {
        const message = await sendImage(buyer, conversation.id, await picture('png', width, height))
        const { thumbnail } = await fetchBoth(message)
        expect(await sharp(thumbnail.bytes).metadata()).toMatchObject({
          width: thumbWidth,
          height: thumbHeight,
        })
      }
    })

    test('strips EXIF and the place, and stands the picture upright', async () => {
      const { buyer, conversation } = await chat.pair()
      const photo = await phonePhoto(40, 20)
      expect(photo.includes('SecretPhone')).toBe(true)
      for (const { bytes } of Object.values(
        await fetchBoth(await sendImage(buyer, conversation.id, photo)),
      )) {
        const metadata = await sharp(bytes).metadata()
        expect(metadata.exif).toBeUndefined()
        expect(metadata).toMatchObject({ width: 20, height: 40 })
        expect(bytes.includes('SecretPhone')).toBe(false)
      }
    })

    test('goes by the bytes, not by name and declared type', async () => {
      const { buyer, conversation } = await chat.pair()
      const png = await picture('png', 20, 10)
      const message = await sendImage(buyer, conversation.id, png, '../../etc/passwd.jpg')
      const { full } = await fetchBoth(message)
      expect(await sharp(full.bytes).metadata()).toMatchObject({ width: 20, height: 10 })
      expect(full.headers.get('content-type')).toBe(`image/${(await sharp(full.bytes).metadata()).format}`)
    })

    test('gives every picture an address that cannot be guessed', async () => {
      const { buyer, conversation } = await chat.pair()
      const image = await picture('png', 5, 5)
      const sent = [
        await sendImage(buyer, conversation.id, image),
        await sendImage(buyer, conversation.id, image),
      ]
      expect(new Set(sent.map(({ image_url }) => image_url)).size).toBe(2)
      const folder = new URL('.', sent[0]?.image_url ?? '').href
      for (const path of [
        '',
        '..%2f..%2f..%2fetc%2fpasswd',
        'ffffffffffffffffffffffffffffffff.png',
        '%00.png',
      ]) {
        expect((await request('GET', folder + path)).status, path).toBe(404)
      }
    })

    test('takes 10 MB, 10,000 pixels a side and 40 megapixels', async () => {
      const { buyer, conversation } = await chat.pair()
      for (const image of [pngOfBytes(TEN_MEGABYTES), greyPng(10_000, 20), greyPng(8000, 5000)]) {
        expect((await sendImage(buyer, conversation.id, image, 'large.png')).type).toBe('image')
      }
    })

    test('has a message of its own for each reason to refuse', async () => {
      const jpeg = await picture('jpeg', 300, 200)
      const reasons = {
        bytes: await refusedWith(pngOfBytes(TEN_MEGABYTES + 1), 'a.png', 'image/png'),
        side: await refusedWith(greyPng(10_001, 10), 'b.png', 'image/png'),
        type: await refusedWith(Buffer.from('Just text, whatever the name says'), 'c.jpg'),
        broken: await refusedWith(jpeg.subarray(0, 200), 'd.jpg'),
      }
      expect(new Set(Object.values(reasons)).size, JSON.stringify(reasons)).toBe(4)
      expect(reasons.bytes).toMatch(/10\s?MB|10\s?MiB|10 megabytes/i)
      expect(reasons.side).toMatch(/10[ ,._]?000/)
      expect(await refusedWith(greyPng(10_000, 4001), 'e.png')).toMatch(/40/)
    })
  })

  describe('an image that is refused', () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
    const gif =
      'GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;'
    const cases: [string, () => Buffer | Promise<Buffer>, string, string][] = [
      ['an SVG', () => Buffer.from(svg), 'a.svg', 'image/svg+xml'],
      ['an SVG named PNG', () => Buffer.from(svg), 'a.png', 'image/png'],
      ['a GIF', () => Buffer.from(gif, 'latin1'), 'a.gif', 'image/gif'],
      [
        'an HTML page named JPEG',
        () => Buffer.from('<!doctype html><script>1</script>'),
        'a.jpg',
        'image/jpeg',
      ],
      ['an empty file', () => Buffer.alloc(0), 'a.jpg', 'image/jpeg'],
      ['magic bytes and nothing else', () => Buffer.from('ffd8ffe0', 'hex'), 'a.jpg', 'image/jpeg'],
      ['an image bomb', () => greyPng(10_000, 9999), 'bomb.png', 'image/png'],
      ['a JPEG cut in half', () => half('jpeg'), 'a.jpg', 'image/jpeg'],
      ['a PNG cut in half', () => half('png'), 'a.png', 'image/png'],
      ['a WebP cut in half', () => half('webp'), 'a.webp', 'image/webp'],
    ]
    test.each(cases)('%s', async (_, image, name, type) => {
      await refusedWith(await image(), name, type)
    })

    test('no image field, a field of another name, text in place of a file, no multipart at all', async () => {
      const { buyer, conversation } = await chat.pair()
      const path = `/conversations/${conversation.id}/messages/image`
      const wrongName = new FormData()
      wrongName.append('file', new Blob([new Uint8Array(await picture('png', 5, 5))]), 'a.png')
      const text = new FormData()
      text.append('image', 'not a file')
      for (const form of [new FormData(), wrongName, text]) refusal(await buyer.upload(path, form), 'image')
      expect((await buyer.post(path, { image: 'data:image/png;base64,AAAA' })).status).toBe(422)
      const headers = { 'content-type': 'multipart/form-data' }
      expect((await buyer.request('POST', path, { raw: 'no boundary', headers })).status).toBe(422)
      expect((await listMessages(buyer, conversation.id)).data).toEqual([])
    })
  })
}

/** The first half of a picture with enough content that half of it is missing. */
async function half(format: 'jpeg' | 'png' | 'webp') {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  const image = sharp({ create: { width: 300, height: 300, channels: 3, background: 'white', noise } })
  const bytes = await image.toFormat(format).toBuffer()
  return bytes.subarray(0, bytes.length / 2)
}
