import type { IncomingMessage } from 'node:http'

/** Browsers always name an origin; who names none is no browser and carries no ambient cookies. */
export function isOriginAllowed(request: IncomingMessage, allowed: string[]): boolean {
  const origin = request.headers.origin?.toLowerCase()
  if (origin === undefined) return true
  return (
    hostOf(origin) === request.headers.host?.toLowerCase() || allowed.some((glob) => matches(glob, origin))
  )
}

function hostOf(origin: string): string | null {
  return URL.parse(origin)?.host || null
}

function matches(glob: string, origin: string): boolean {
  const pattern = glob.toLowerCase().split('*').map(escapeRegExp).join('.*')
  return new RegExp(`^${pattern}$`).test(origin)
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
