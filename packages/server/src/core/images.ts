import sharp, { type Sharp } from 'sharp'
import { ChatError, type ErrorCode } from './errors.ts'
import { createGate } from './gate.ts'

export const MAX_IMAGE_BYTES = 10 * 1024 * 1024
const MAX_PIXELS = 40_000_000
const MAX_SIDE = 10_000
const THUMBNAIL_SIDE = 200

interface ImageFile {
  bytes: Buffer
  mimeType: string
  extension: string
  width: number
  height: number
}

export interface ProcessedImage {
  full: ImageFile
  /** At most 200×200; null where it could not be made. */
  thumbnail: ImageFile | null
}

/** @internal exported for its tests */
export type ImageFault = 'bytes' | 'type' | 'side' | 'pixels' | 'broken'

/** @internal exported for its tests */
export class ImageRefused extends ChatError {
  readonly fault: ImageFault

  constructor(fault: ImageFault) {
    super(REFUSALS[fault].code, REFUSALS[fault].message, 'image')
    this.fault = fault
  }
}

const REFUSALS: Record<ImageFault, { code: ErrorCode; message: string }> = {
  bytes: { code: 'too_large', message: 'The image is larger than 10 MB.' },
  type: { code: 'unsupported_type', message: 'The image is not a JPEG, PNG or WebP file.' },
  side: { code: 'too_large', message: 'The image is wider or higher than 10,000 pixels.' },
  pixels: { code: 'too_large', message: 'The image has more than 40 megapixels.' },
  broken: { code: 'invalid', message: 'The image is damaged or incomplete.' },
}

const FORMATS = {
  jpeg: { mimeType: 'image/jpeg', extension: 'jpg', encode: (image: Sharp) => image.jpeg({ quality: 85 }) },
  png: { mimeType: 'image/png', extension: 'png', encode: (image: Sharp) => image.png() },
  webp: { mimeType: 'image/webp', extension: 'webp', encode: (image: Sharp) => image.webp({ quality: 85 }) },
}

type Format = keyof typeof FORMATS

// libvips is content once it has the last pixel, and so cannot tell that a file lacks its last bytes. WebP tells itself.
const ENDS: Record<Format, Buffer> = {
  jpeg: Buffer.from([0xff, 0xd9]),
  png: Buffer.from('IEND\xae\x42\x60\x82', 'latin1'),
  webp: Buffer.alloc(0),
}

/** Whether a file of this type is processed as an image, and shown as one. */
export const isImageType = (mimeType: string): boolean =>
  Object.values(FORMATS).some((format) => format.mimeType === mimeType)

// libvips is one per process: these settings, and the bound on how many images are in memory, cannot be arguments.
sharp.cache(false)
sharp.concurrency(1)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
})
// Turning 40 megapixels takes 400 MB (measured): one at a time.
const gate = createGate({ running: 1, waiting: 32 })

/**
 * Checks an upload and writes it anew in its own format: upright, in sRGB, without metadata, the first frame only.
 * Throws ImageRefused, or ChatError `unavailable` when too many are waiting.
 */
export async function processImage(bytes: Uint8Array): Promise<ProcessedImage> {
  const format = checkFile(bytes)
  return gate(async () => {
    await checkSize(bytes)
    const full = await encode(decode(bytes), format).catch(refuseBroken)
    return { full, thumbnail: await makeThumbnail(bytes, format) }
  })
}

/** @internal exported for its test */
export async function makeThumbnail(bytes: Uint8Array, format: Format): Promise<ImageFile | null> {
  const box = {
    width: THUMBNAIL_SIDE,
    height: THUMBNAIL_SIDE,
    fit: 'inside',
    withoutEnlargement: true,
  } as const
  return encode(decode(bytes).resize(box), format).catch(() => null)
}

function checkFile(bytes: Uint8Array): Format {
  if (bytes.length > MAX_IMAGE_BYTES) throw new ImageRefused('bytes')
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const format = sniffFormat(file)
  if (format === undefined) throw new ImageRefused('type')
  if (!file.includes(ENDS[format])) throw new ImageRefused('broken')
  return format
}

function sniffFormat(bytes: Buffer): Format | undefined {
  const head = bytes.toString('latin1', 0, 12)
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'webp'
  return undefined
}

async function checkSize(bytes: Uint8Array): Promise<void> {
  // The header alone; no limit here, so that the refusal can name what is too large.
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata().catch(refuseBroken)
  if (Math.max(width, height) > MAX_SIDE) throw new ImageRefused('side')
  if (width * height > MAX_PIXELS) throw new ImageRefused('pixels')
}

// 'error' refuses what is cut short; 'warning' would refuse the photographs of some cameras too.
function decode(bytes: Uint8Array): Sharp {
  return sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS, autoOrient: true })
}

async function encode(image: Sharp, format: Format): Promise<ImageFile> {
  const { encode: write, mimeType, extension } = FORMATS[format]
  const { data, info } = await write(image).toBuffer({ resolveWithObject: true })
  return { bytes: data, mimeType, extension, width: info.width, height: info.height }
}

function refuseBroken(): never {
  throw new ImageRefused('broken')
}
