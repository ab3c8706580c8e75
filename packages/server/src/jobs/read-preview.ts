import type { LinkPreview } from '../db/schema.ts'
import type { Page } from './fetch-page.ts'

// Bounded throughout: nobody vouches for the page.
const META = /<meta\s([^<>]{1,4096})>/gi
const ATTRIBUTE = /\b([a-z:-]{1,32})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi
const TITLE = /<title[^<>]{0,200}>([^<]{1,2000})/i
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi
const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  laquo: '«',
  raquo: '»',
  ndash: '–',
  mdash: '—',
  hellip: '…',
}

/** What a page says of itself in its head (Open Graph, https://ogp.me); null where that is nothing. */
export function readPreview(link: string, { url, html }: Page): LinkPreview | null {
  const [head = ''] = html.split(/<body[\s>]/i, 1)
  const said = readMeta(head)
  const [, heading] = TITLE.exec(head) ?? []
  const title = clean(said.get('og:title') ?? heading, 300)
  const description = clean(said.get('og:description') ?? said.get('description'), 1000)
  const imageUrl = absolute(said.get('og:image'), url)
  if (title === null && description === null && imageUrl === null) return null
  return { url: link, title, description, imageUrl, siteName: clean(said.get('og:site_name'), 100) }
}

/** The first of each name counts. */
function readMeta(head: string): Map<string, string> {
  const said = new Map<string, string>()
  for (const [, tag = ''] of head.matchAll(META)) {
    const attributes = readAttributes(tag)
    const name = (attributes.get('property') ?? attributes.get('name'))?.toLowerCase()
    const content = attributes.get('content')
    if (name !== undefined && content !== undefined && !said.has(name)) said.set(name, content)
  }
  return said
}

function readAttributes(tag: string): Map<string, string> {
  const found = [...tag.matchAll(ATTRIBUTE)]
  return new Map(found.map(([, name = '', a, b, c]) => [name.toLowerCase(), a ?? b ?? c ?? '']))
}

/** As one line of text; null for none. */
function clean(text: string | undefined, most: number): string | null {
  const line = unescape(text ?? '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return Array.from(line).slice(0, most).join('').toWellFormed() || null
}

const unescape = (text: string) =>
  text.replace(ENTITY, (whole, decimal: string | undefined, hex: string | undefined, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })

function absolute(text: string | undefined, base: URL): string | null {
  const address = unescape(text ?? '').trim()
  if (address === '' || !URL.canParse(address, base.href)) return null
  const { protocol, href } = new URL(address, base)
  return /^https?:$/.test(protocol) && href.length <= 2048 ? href : null
}
