import { fc, test as propertyTest } from '@fast-check/vitest'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { ChatError } from '../../src/core/errors.ts'
import { ImageRefused, makeThumbnail, processImage, type ImageFault } from '../../src/core/images.ts'
import { animatedWebp, noise, phonePhoto, picture, pngBomb } from './image-files.ts'

const TEN_MB = 10 * 1024 * 1024

describe('what is taken', () => {
  test.each([
    ['jpeg', 'image/jpeg', 'jpg'],
    ['png', 'image/png', 'png'],
    ['webp', 'image/webp', 'webp'],
  ] as const)('writes a %s anew in its own format', async (format, mimeType, extension) => {
    const { full, thumbnail } = await processImage(await picture().toFormat(format).toBuffer())
    expect(full).toMatchObject({ mimeType, extension, width: 300, height: 200 })
    expect(await sharp(full.bytes).metadata()).toMatchObject({ format, width: 300, height: 200 })
    expect(thumbnail).toMatchObject({ mimeType, extension, width: 200, height: 133 })
    expect(await sharp(thumbnail?.bytes).metadata()).toMatchObject({ format, width: 200, height: 133 })
  })

  test('turns a photograph upright, its thumbnail too', async () => {
    const { full, thumbnail } = await processImage(await phonePhoto())
    expect(full).toMatchObject({ width: 200, height: 300 })
    expect(thumbnail).toMatchObject({ width: 133, height: 200 })
    expect(await cornerColour(full.bytes, 'right')).toBe('red')
    expect(await cornerColour(thumbnail?.bytes, 'right')).toBe('red')
    expect(await cornerColour(full.bytes, 'left')).toBe('blue')
  })

  test('drops EXIF, the place, the colour profile and every other note', async () => {
    const photo = await phonePhoto()
    const before = await sharp(photo).metadata()
    expect([before.exif, before.icc, before.orientation]).toEqual([expect.any(Buffer), expect.any(Buffer), 6])
    const { full, thumbnail } = await processImage(photo)
    for (const bytes of [full.bytes, thumbnail?.bytes]) {
      const { exif, icc, xmp, iptc, orientation, comments } = await sharp(bytes).metadata()
      expect({ exif, icc, xmp, iptc, orientation, comments }).toEqual({})
      expect(bytes?.includes('SecretCamera')).toBe(false)
    }
  })

  test('takes the first frame of an animation', async () => {
    const { full } = await processImage(await animatedWebp())
    expect(full).toMatchObject({ mimeType: 'image/webp', width: 64, height: 48 })
    expect((await sharp(full.bytes).metadata()).pages).toBeUndefined()
    expect(await cornerColour(full.bytes, 'left')).toBe('red')
  })

  test('never enlarges a thumbnail', async () => {
    const { thumbnail } = await processImage(await picture(90, 60).png().toBuffer())
    expect(thumbnail).toMatchObject({ width: 90, height: 60 })
  })

  test('keeps a sliver at least one pixel wide', async () => {
    const { full, thumbnail } = await processImage(await noise(10_000, 1).png().toBuffer())
    expect(full).toMatchObject({ width: 10_000, height: 1 })
    expect(thumbnail).toMatchObject({ width: 200, height: 1 })
  })

  test('keeps transparency', async () => {
    const clear = sharp({ create: { width: 10, height: 10, channels: 4, background: '#0000' } })
    const { full } = await processImage(await clear.png().toBuffer())
    expect(await sharp(full.bytes).stats()).toMatchObject({ isOpaque: false })
  })

  test('takes exactly 10 MB', async () => {
    const jpeg = await picture().jpeg().toBuffer()
    const padded = Buffer.concat([jpeg, Buffer.alloc(TEN_MB - jpeg.length)])
    expect((await processImage(padded)).full.bytes.length).toBeLessThan(10_000)
  })

  test('takes exactly 40 megapixels', async () => {
    const { full } = await processImage(await flat(8000, 5000).jpeg().toBuffer())
    expect(full).toMatchObject({ width: 8000, height: 5000 })
  })

  test('leaves a page that hides behind a picture out of what it writes', async () => {
    const page = Buffer.from('<html><script>alert(1)</script></html>')
    const { full } = await processImage(Buffer.concat([await picture().jpeg().toBuffer(), page]))
    expect(full.bytes.includes('<script>')).toBe(false)
  })

  test('loses only the thumbnail when that cannot be made', async () => {
    expect(await makeThumbnail(Buffer.from('not a picture'), 'jpeg')).toBeNull()
  })
})

describe('what is refused', () => {
  test('10 MB and one byte', async () => {
    const jpeg = await picture().jpeg().toBuffer()
    const padded = Buffer.concat([jpeg, Buffer.alloc(TEN_MB + 1 - jpeg.length)])
    expect(await refusal(padded)).toEqual({
      fault: 'bytes',
      code: 'too_large',
      message: 'The image is larger than 10 MB.',
    })
  })

  test.each([
    ['nothing at all', ''],
    [
      'SVG',
      '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>',
    ],
    ['SVG with a prologue', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['a page', '<!doctype html><script>alert(1)</script>'],
    ['a page that begins as GIF', 'GIF89a/*<script>alert(1)</script>*/'],
    ['a PDF', '%PDF-1.7\n'],
    ['a TIFF', 'II*\0\x08\0\0\0'],
    ['RIFF that is no WebP', 'RIFF\x24\0\0\0WAVEfmt '],
  ])('%s', async (_, text) => {
    const message = 'The image is not a JPEG, PNG or WebP file.'
    expect(await refusal(Buffer.from(text, 'latin1'))).toEqual({
      fault: 'type',
      code: 'unsupported_type',
      message,
    })
  })

  test.each(['gif', 'tiff', 'avif'] as const)('a real %s', async (format) => {
    expect(await refusal(await picture().toFormat(format).toBuffer())).toMatchObject({ fault: 'type' })
  })

  test.each([
    ['a tiny file that declares 50,000×50,000', async () => pngBomb(50_000, 50_000)],
    ['a real picture of 12,000×4,000', () => flat(12_000, 4000).png().toBuffer()],
    ['one pixel too wide', () => flat(10_001, 1).png().toBuffer()],
    ['one pixel too high', () => flat(1, 10_001).webp().toBuffer()],
  ])('%s', async (_, make) => {
    const message = 'The image is wider or higher than 10,000 pixels.'
    expect(await refusal(await make())).toEqual({ fault: 'side', code: 'too_large', message })
  })

  test.each([
    ['a tiny file that declares 10,000×10,000', async () => pngBomb(10_000, 10_000)],
    ['a real picture of 8,000×5,001', () => flat(8000, 5001).png().toBuffer()],
  ])('%s', async (_, make) => {
    const message = 'The image has more than 40 megapixels.'
    expect(await refusal(await make())).toEqual({ fault: 'pixels', code: 'too_large', message })
  })

  test('a header whose pixels never come', async () => {
    expect(await refusal(pngBomb(1000, 1000))).toMatchObject({ fault: 'broken' })
  })

  test.each(['jpeg', 'png', 'webp'] as const)('a %s cut short anywhere', async (format) => {
    const whole = await noise().toFormat(format).toBuffer()
    const lengths = [
      16,
      40,
      200,
      1000,
      whole.length >> 1,
      ...[200, 30, 13, 12, 8, 4, 2, 1].map((cut) => whole.length - cut),
    ]
    for (const length of lengths) {
      const message = 'The image is damaged or incomplete.'
      const refused = { length, ...(await refusal(whole.subarray(0, length))) }
      expect(refused).toEqual({ length, fault: 'broken', code: 'invalid', message })
    }
  })

  test('an animation cut short', async () => {
    const whole = await animatedWebp()
    for (const cut of [1, 2, 10, 40, whole.length >> 1]) {
      expect(await refusal(whole.subarray(0, whole.length - cut))).toMatchObject({ fault: 'broken' })
    }
  })

  const heads = ['', '\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'RIFF\x24\0\0\0WEBPVP8 ', 'RIFF\x24\0\0\0WEBPVP8X']
  propertyTest.prop([fc.constantFrom(...heads), fc.uint8Array({ maxLength: 2000 })])(
    'random bytes behind any magic, with a named reason',
    async (head, tail) => {
      const bytes = Buffer.concat([Buffer.from(head, 'latin1'), tail])
      await expect(processImage(bytes)).rejects.toThrow(ChatError)
    },
  )

  propertyTest.prop([fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'or survives, one damaged byte',
    async (position, flip) => {
      const bytes = Buffer.from(await wholeJpeg)
      const at = position % bytes.length
      bytes[at] = (bytes[at] ?? 0) ^ flip
      await processImage(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(ChatError))
    },
  )
})

describe('a burst', () => {
  test('keeps 32 in line behind the one at work, and refuses the rest', async () => {
    const jpeg = await picture().jpeg().toBuffer()
    const results = await Promise.allSettled(Array.from({ length: 40 }, () => processImage(jpeg)))
    const refused = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    )
    expect(results.length - refused.length).toBe(33)
    for (const error of refused) expect(error).toMatchObject({ name: 'ChatError', code: 'unavailable' })
    await expect(processImage(jpeg)).resolves.toBeDefined()
  })

  test('of refused images leaves no place taken', async () => {
    await Promise.allSettled(Array.from({ length: 30 }, () => processImage(pngBomb(1000, 1000))))
    await expect(processImage(await wholeJpeg)).resolves.toBeDefined()
  })
})

const wholeJpeg = picture().jpeg().toBuffer()

function flat(width: number, height: number) {
  return sharp({ create: { width, height, channels: 3, background: '#fff' } })
}

async function refusal(bytes: Buffer): Promise<{ fault: ImageFault; code: string; message: string }> {
  const taken = () => new Error('the image was taken')
  const error: unknown = await processImage(bytes).then(taken, (reason: unknown) => reason)
  if (!(error instanceof ImageRefused)) throw error
  return { fault: error.fault, code: error.code, message: error.message }
}

async function cornerColour(bytes: Buffer | undefined, side: 'left' | 'right'): Promise<string> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
  const start = side === 'left' ? 0 : (info.width - 1) * info.channels
  const [red = 0, , blue = 0] = data.subarray(start, start + 3)
  return red > blue ? 'red' : 'blue'
}
