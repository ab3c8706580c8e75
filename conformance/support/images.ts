import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

export type Format = 'jpeg' | 'png' | 'webp'

/** A valid picture of one colour. */
export function picture(format: Format, width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: { r: 200, g: 80, b: 20 } } })
    .toFormat(format)
    .toBuffer()
}

/** A JPEG as a telephone writes it: lying on its side by its EXIF orientation, with the place it was taken. */
export function phonePhoto(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#3366aa' } })
    .jpeg()
    .withExif({
      IFD0: { Make: 'SecretPhone', Orientation: '6' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '55/1 45/1 21/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '37/1 37/1 4/1',
      },
    })
    .withMetadata({ orientation: 6 })
    .toBuffer()
}

/** A valid grey PNG of any size on paper, a few kilobytes on disk. */
export function greyPng(width: number, height: number): Buffer {
  const rows = Buffer.alloc((width + 1) * height)
  return png(width, height, [chunk('IDAT', deflateSync(rows, { level: 9 }))])
}

/** A valid PNG of exactly so many bytes, padded with a private chunk that decoders skip. */
export function pngOfBytes(size: number): Buffer {
  const pixels = chunk('IDAT', deflateSync(Buffer.alloc(9 * 8)))
  const empty = png(8, 8, [chunk('paDd', Buffer.alloc(0)), pixels]).length
  return png(8, 8, [chunk('paDd', Buffer.alloc(size - empty)), pixels])
}

function png(width: number, height: number, middle: Buffer[]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.writeUInt8(8, 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([signature, chunk('IHDR', header), ...middle, chunk('IEND', Buffer.alloc(0))])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
