import { expect, it } from 'vitest'
import { readPreview } from '../../src/jobs/read-preview.ts'

const read = (html: string) =>
  readPreview('http://a.example/page', { url: new URL('http://a.example/page'), html })

it('reads what a page says for others', () => {
  const html = `<!doctype html><html><head><title>Not this</title>
    <meta property="og:title" content="Tom &amp; Jerry&#39;s &laquo;day&raquo;">
    <META content='Two   lines
      of text' name=description />
    <meta property=og:image content=/cover.png>
    <meta property="og:site_name" content="Example"><meta property="og:title" content="Second">
    </head><body><meta property="og:description" content="not in the head"></body></html>`
  expect(read(html)).toEqual({
    url: 'http://a.example/page',
    title: "Tom & Jerry's «day»",
    description: 'Two lines of text',
    imageUrl: 'http://a.example/cover.png',
    siteName: 'Example',
  })
})

it('makes do with a title', () => {
  expect(read('<TITLE lang=ru>\n Привет </TITLE>')).toMatchObject({ title: 'Привет', description: null })
})

it.each(['', 'no html', '<title> </title>', '<meta property="og:image" content="javascript:alert(1)">'])(
  'finds nothing in %j',
  (html) => {
    expect(read(html)).toBeNull()
  },
)

it('keeps it short, and what the database can keep', () => {
  const found = read(`<title>${'😀'.repeat(900)}</title><meta name="description" content="a&#0;b&#xD800;c">`)
  expect(Array.from(found?.title ?? '')).toHaveLength(300)
  expect(found?.description).toBe('a b\uFFFDc')
})

it.each(['<meta ', '<title ', '<meta a=', '<meta "', "<meta a='", '&', '<'])(
  'does not lose time over half a megabyte of %j',
  (text) => {
    const startedAt = performance.now()
    read(text.repeat((512 * 1024) / text.length))
    expect(performance.now() - startedAt).toBeLessThan(1000)
  },
)
