import { describe, expect, test } from 'vitest'
import { isEmoji, segmentsOf } from '../app/entities/message/lib/segments.ts'

const links = (text: string) => segmentsOf(text).flatMap(({ href }) => href ?? [])

describe('the text of a message', () => {
  test('is never changed by finding its links', () => {
    const text = 'Смотрите: https://example.com/a?b=1, (www.example.org) и ещё «http://example.net».'
    expect(
      segmentsOf(text)
        .map(({ text: piece }) => piece)
        .join(''),
    ).toBe(text)
  })

  test.each([
    ['https://example.com/a?b=1#c', 'https://example.com/a?b=1#c'],
    ['see www.example.org', 'https://www.example.org/'],
    ['Is it https://example.com/a?', 'https://example.com/a'],
    ['(https://example.com/a)', 'https://example.com/a'],
    ['https://example.org/wiki/Tyre_(car)', 'https://example.org/wiki/Tyre_(car)'],
    ['«https://example.com/я»', 'https://example.com/%D1%8F'],
    ['HTTPS://EXAMPLE.COM', 'https://example.com/'],
  ])('leads from %s to %s', (text, href) => {
    expect(links(text)).toEqual([href])
  })

  test.each([
    'javascript:alert(1)',
    'data:text/html,hello',
    'ftp://example.com',
    'https://',
    'example.com',
    'www.',
  ])('leads nowhere from %s', (text) => {
    expect(links(text)).toEqual([])
  })

  test('is large when it is up to three emoji', () => {
    expect(['👍', '👨‍👩‍👧‍👦', '🇫🇮🙂❤️'].map(isEmoji)).toEqual([true, true, true])
    expect(['👍👍👍👍', 'ok 👍', '7', ''].map(isEmoji)).toEqual([false, false, false, false])
  })
})
