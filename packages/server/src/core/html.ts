import sanitize from 'sanitize-html'
import type { Message } from './types.ts'

const ALLOWED: sanitize.IOptions = {
  allowedTags: [
    ...['p', 'br', 'strong', 'b', 'em', 'i', 'u', 's', 'strike', 'a'],
    ...['ul', 'ol', 'li', 'blockquote', 'code', 'pre', 'span'],
  ],
  allowedAttributes: {
    a: ['href', 'target', 'rel'],
    span: ['data-type', 'data-id', 'data-label', 'data-mention', 'class'],
    code: ['class'],
    pre: ['class'],
  },
  allowedSchemes: ['http', 'https'],
  transformTags: {
    a: (tagName, { href = '', target = '' }) => ({
      tagName,
      attribs: {
        ...(/^https?:\/\//i.test(href) && { href }),
        ...(target && { target }),
        rel: 'noopener noreferrer',
      },
    }),
  },
  // Browsers slow down on what is nested deeper than anybody writes.
  nestingLimit: 50,
}

/** What is safe to show of markup; null for text without any markup that would be shown. */
export function sanitiseHtml(content: string): string | null {
  const html = sanitize(content, ALLOWED)
  // Again, since what stood around a dropped tag may be nested now as no HTML is.
  return html.includes('<') ? sanitize(html, ALLOWED) : null
}

/** A message as safe HTML; what the server itself says is JSON that clients put into words. */
export function contentOf({ type, text, html, metadata }: Message): string {
  if (type === 'system') return JSON.stringify(metadata.dialog ?? { event: 'notice', text })
  return html ?? escapeText(text ?? '')
}

const TOKEN = /<(\/?)([a-z]+)[^>]*>|[^<]+/g
const BLOCKS = new Set(['p', 'ul', 'ol', 'li', 'blockquote', 'pre'])

/** Sanitised HTML as text: a line for each block. */
export function textOfHtml(html: string): string {
  let text = ''
  let last = ''
  for (const [token, isEnd, tag = ''] of html.matchAll(TOKEN)) {
    if (tag === '') text += unescape(token)
    else if (tag === 'br') text += '\n'
    else if (BLOCKS.has(tag)) {
      // Blocks that end together end one line; an empty one is a line of its own.
      if (isEnd ? last !== 'end' : text !== '' && !text.endsWith('\n')) text += '\n'
      last = isEnd ? 'end' : ''
      continue
    }
    last = ''
  }
  return text.trim()
}

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])
const CHARACTERS = new Map([...ENTITIES].map(([character, entity]) => [entity, character]))

/**
 * Text as HTML that shows it.
 * @internal exported for the test that nothing in it is taken for HTML
 */
export const escapeText = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '')

const unescape = (html: string): string =>
  html.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => CHARACTERS.get(entity) ?? '')
