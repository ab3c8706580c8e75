/** A piece of a message: what is shown, and where it leads if it is a link. */
export interface Segment {
  text: string
  href: string | null
}

const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'«»]+/gi
const TRAILING = /[.,;:!?…*_~]+$/

/** Splits a text into plain pieces and links. Only http and https lead anywhere. */
export function segmentsOf(text: string): Segment[] {
  const segments: Segment[] = []
  let end = 0
  for (const { 0: match, index } of text.matchAll(LINK)) {
    const link = withoutPunctuation(match)
    const href = hrefOf(link)
    if (href === null) continue
    if (index > end) segments.push({ text: text.slice(end, index), href: null })
    segments.push({ text: link, href })
    end = index + link.length
  }
  if (end < text.length) segments.push({ text: text.slice(end), href: null })
  return segments
}

/** What ends the sentence, or a bracket that the link did not open, is none of the link's. */
function withoutPunctuation(link: string): string {
  const trimmed = link.replace(TRAILING, '')
  const last = trimmed.at(-1)
  const opening = last === ')' ? '(' : last === ']' ? '[' : null
  if (opening === null || trimmed.includes(opening)) return trimmed
  return withoutPunctuation(trimmed.slice(0, -1))
}

function hrefOf(link: string): string | null {
  const url = URL.parse(link.toLowerCase().startsWith('www.') ? `https://${link}` : link)
  return url && /^https?:$/.test(url.protocol) ? url.href : null
}

const EMOJI = /^\p{RGI_Emoji}{1,3}$/v

/** Up to three emoji and nothing else: shown large. */
export const isEmoji = (text: string): boolean => text.length < 64 && EMOJI.test(text)
