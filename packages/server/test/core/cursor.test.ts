import { fc, test as propertyTest } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createCursors } from '../../src/core/cursor.ts'

const cursors = createCursors(Buffer.alloc(32, 'secret'))
const refused = expect.objectContaining({ name: 'ChatError', code: 'invalid', field: 'cursor' }) as unknown

const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
)
const values = fc.array(fc.oneof(number, fc.string({ unit: 'binary' })), { maxLength: 6 })
const kind = fc.string({ maxLength: 20 })

propertyTest.prop([kind, values])('gives back what was put in', (kind, values) => {
  expect(cursors.decode(kind, cursors.encode(kind, values))).toEqual(values)
})

propertyTest.prop([kind, values])('is safe in a query string', (kind, values) => {
  expect(cursors.encode(kind, values)).toMatch(/^[\w-]+$/)
})

propertyTest.prop([kind, kind, values])('refuses a cursor of another kind', (kind, other, values) => {
  fc.pre(kind !== other)
  expect(() => cursors.decode(other, cursors.encode(kind, values))).toThrow(refused)
})

propertyTest.prop([values, fc.nat()])('refuses a cursor cut short or continued', (values, length) => {
  const text = cursors.encode('messages', values)
  expect(() => cursors.decode('messages', text.slice(0, length % text.length))).toThrow(refused)
  expect(() => cursors.decode('messages', text + 'A'.repeat((length % 4) + 1))).toThrow(refused)
})

propertyTest.prop([values, fc.nat(), fc.integer({ min: 0, max: 7 })])(
  'refuses a flipped bit',
  (values, position, bit) => {
    const bytes = Buffer.from(cursors.encode('messages', values), 'base64url')
    const at = position % bytes.length
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
    expect(() => cursors.decode('messages', bytes.toString('base64url'))).toThrow(refused)
  },
)

propertyTest.prop([values, fc.nat(), fc.string({ minLength: 1, maxLength: 1 })])(
  'refuses another character anywhere',
  (values, position, character) => {
    const text = cursors.encode('messages', values)
    const at = position % text.length
    fc.pre(text[at] !== character)
    expect(() => cursors.decode('messages', text.slice(0, at) + character + text.slice(at + 1))).toThrow(
      refused,
    )
    expect(() => cursors.decode('messages', text.slice(0, at) + character + text.slice(at))).toThrow(refused)
  },
)

propertyTest.prop([fc.oneof(fc.string({ unit: 'binary' }), fc.base64String())])(
  'refuses any other text',
  (text) => {
    expect(() => cursors.decode('messages', text)).toThrow(refused)
  },
)

test('refuses what another server signed', () => {
  const other = createCursors(Buffer.alloc(32, 'other'))
  expect(() => cursors.decode('messages', other.encode('messages', [1]))).toThrow(refused)
})
