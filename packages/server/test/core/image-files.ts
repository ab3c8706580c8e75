import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

/** A blue picture with one red corner, top left, so that a turn can be seen. */
export function picture(width = 300, height = 200): Sharp {
  const red = { create: { width: 40, height: 40, channels: 3, background: '#f00' } } as const
  const blue = { create: { width, height, channels: 3, background: '#00f' } } as const
  return sharp(blue).composite([{ input: red, top: 0, left: 0 }])
}

/** Noise, which does not compress: a file with plenty of places to cut it. */
export function noise(width = 300, height = 200): Sharp {
  return sharp({
    create: {
      width,
      height,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
}

/** As a phone lays it down: to be turned right by a quarter, with the place where it was taken. */
export async function phonePhoto(): Promise<Buffer> {
  const gps = {
    GPSLatitudeRef: 'N',
    GPSLatitude: '55/1 45/1 0/1',
    GPSLongitudeRef: 'E',
    GPSLongitude: '37/1 37/1 0/1',
  }
  const upright = await picture().jpeg().toBuffer()
  return sharp(upright)
    .withIccProfile('p3')
    .withExif({ IFD0: { Make: 'SecretCamera' }, IFD3: gps })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
}

export async function animatedWebp(): Promise<Buffer> {
  const frames = ['#f00', '#0f0', '#00f'].map((background) =>
    sharp({ create: { width: 64, height: 48, channels: 3, background } })
      .png()
      .toBuffer(),
  )
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .webp({ delay: 100 })
    .toBuffer()
}

/** A few bytes that declare a picture of any size. */
export function pngBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(64))),
    chunk('IEND'),
  ])
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const frame = Buffer.alloc(body.length + 8)
  frame.writeUInt32BE(data.length, 0)
  frame.set(body, 4)
  frame.writeUInt32BE(crc32(body), frame.length - 4)
  return frame
}
