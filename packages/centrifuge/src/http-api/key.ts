import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { queryOf } from '../transports/query.ts'

/** By `X-API-Key`, `Authorization: apikey …` or `?api_key=` (centrifugal.dev, "Server HTTP API"). */
export function hasKey(request: IncomingMessage, key: string): boolean {
  const { headers } = request
  const [, inAuthorization] = /^apikey +(.+)$/i.exec(headers.authorization ?? '') ?? []
  const given = [headers['x-api-key'], inAuthorization, queryOf(request).get('api_key')]
  return given.some((text) => isSame(String(text ?? ''), key))
}

/** Takes the same time wherever the two differ. */
function isSame(given: string, key: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', key, 'buffer'))
}
