const MOST = 3
const LONGEST = 2048
const LINK = /\bhttps?:\/\/[^\s<>"'`]+/gi

/** The first links in a text that a preview may be shown of, each once. */
export function linksIn(text: string | null): string[] {
  const links = (text?.match(LINK) ?? []).map(withoutEnd).filter(isLink)
  return [...new Set(links)].slice(0, MOST)
}

const isLink = (link: string) => link.length <= LONGEST && URL.canParse(link)

/** What ends the sentence does not belong to the link, nor does a bracket that was opened before it. */
function withoutEnd(link: string): string {
  const bare = link.replace(/[.,;:!?*_~]{1,8}$/, '')
  return bare.endsWith(')') && !bare.includes('(') ? withoutEnd(bare.slice(0, -1)) : bare
}
