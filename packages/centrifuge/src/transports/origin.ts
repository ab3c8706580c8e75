import type { IncomingMessage } from 'node:http'
import { matchesGlob } from '../glob.ts'

/** Browsers always name an origin; who names none is no browser and carries no ambient cookies. */
export function isOriginAllowed({ headers }: IncomingMessage, allowed: string[]): boolean {
  const origin = headers.origin?.toLowerCase()
  if (origin === undefined) return true
  return (
    hostOf(origin) === headers.host?.toLowerCase() ||
    allowed.some((glob) => matchesGlob(glob.toLowerCase(), origin))
  )
}

function hostOf(origin: string): string | null {
  return URL.parse(origin)?.host || null
}
