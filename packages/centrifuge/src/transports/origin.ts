import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { matchesGlob } from '../glob.ts'

/** What any page can have a browser request, cookies and all, without an origin: images, scripts, navigation. */
const foreignSites = ['cross-site', 'same-site']
const foreignModes = ['navigate', 'no-cors']

/** Cookies must not let in pages of others. Who is no browser names neither an origin nor a site (Fetch Metadata). */
export function isOriginAllowed({ headers }: IncomingMessage, allowed: string[]): boolean {
  const origin = headers.origin?.toLowerCase()
  if (origin === undefined) return !isForeign(headers)
  return (
    hostOf(origin) === headers.host?.toLowerCase() ||
    allowed.some((glob) => matchesGlob(glob.toLowerCase(), origin))
  )
}

function isForeign(headers: IncomingHttpHeaders): boolean {
  return (
    foreignSites.includes(String(headers['sec-fetch-site'])) ||
    foreignModes.includes(String(headers['sec-fetch-mode']))
  )
}

function hostOf(origin: string): string | null {
  return URL.parse(origin)?.host || null
}
