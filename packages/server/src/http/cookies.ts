import { parseCookie } from 'cookie'

/** One cookie out of a request's header. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  return header === undefined ? undefined : parseCookie(header)[name]
}
