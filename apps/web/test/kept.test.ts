import { describe, expect, test } from 'vitest'
import { keptMessages } from '../app/features/chat-messaging/model/kept-messages.ts'
import { checkImage } from '../app/features/chat-image/model/check-image.ts'
import { keptTexts } from '../app/shared/lib/storage.ts'
import { texts } from './support/chat-options.ts'
import { pending } from './support/shapes.ts'

describe('a browser that keeps nothing', () => {
  const forbidden = keptTexts(() => {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  })

  test('does no harm', () => {
    forbidden.set('key', 'value')
    forbidden.remove('key')
    expect(forbidden.get('key')).toBeNull()
    expect(forbidden.keys()).toEqual([])
  })
})

describe('unsent texts', () => {
  test('are kept in order, and wait again', () => {
    const outbox = keptMessages(texts(), 1)
    outbox.write(7, [
      pending({ key: 'a', state: 'sending', tried: true }),
      pending({ key: 'b', state: 'failed' }),
    ])
    expect(outbox.conversations()).toEqual([7])
    expect(outbox.read(7)).toMatchObject([
      { key: 'a', state: 'queued', tried: true },
      { key: 'b', state: 'failed' },
    ])
  })

  test('are not those of images, which cannot be kept', () => {
    const outbox = keptMessages(texts(), 1)
    outbox.write(7, [pending({ key: 'a', type: 'image' })])
    expect(outbox.conversations()).toEqual([])
  })

  test('that cannot be read are given up', () => {
    const kept = texts()
    kept.set('parley.outbox.1.7', '{')
    expect(keptMessages(kept, 1).read(7)).toEqual([])
  })
})

describe('an image', () => {
  const file = (...bytes: number[]) => new File([new Uint8Array(bytes)], 'photo.jpg')

  test.each([
    ['JPEG', [0xff, 0xd8, 0xff, 0xe0]],
    ['PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
    ['WebP', [0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57, 0x45, 0x42, 0x50]],
  ])('may be a %s', async (_name, bytes) => {
    expect(await checkImage(file(...bytes))).toBeNull()
  })

  test('is what it is, whatever its name', async () => {
    expect(await checkImage(file(0x47, 0x49, 0x46, 0x38))).toBe('imageWrongType')
    expect(await checkImage(file())).toBe('imageWrongType')
  })

  test('has at most 10 MB', async () => {
    const large = new File(
      [new Uint8Array([0xff, 0xd8, 0xff]), new Uint8Array(10 * 1024 * 1024)],
      'photo.jpg',
    )
    expect(await checkImage(large)).toBe('imageTooLarge')
  })
})
