import { expect, it } from 'vitest'
import { linksIn } from '../../src/core/links.ts'

it.each([
  ['nothing', []],
  ['ftp://a.example javascript:alert(1) example.com', []],
  ['see https://a.example/x.', ['https://a.example/x']],
  ['(https://a.example/x), and http://b.example?q=1!', ['https://a.example/x', 'http://b.example?q=1']],
  ['https://a.example/wiki/A_(b)', ['https://a.example/wiki/A_(b)']],
  ['https://a.example https://a.example', ['https://a.example']],
  ['https://a.x https://b.x https://c.x https://d.x', ['https://a.x', 'https://b.x', 'https://c.x']],
  ['https://', []],
  ['https://[x]', []],
  [`https://a.example/${'a'.repeat(3000)}`, []],
])('%j has the links %j', (text, links) => {
  expect(linksIn(text)).toEqual(links)
})
