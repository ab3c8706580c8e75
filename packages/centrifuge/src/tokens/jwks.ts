import { createLocalJWKSet, errors, type JWTHeaderParameters } from 'jose'
import { KeysUnavailableError, TokenInvalidError } from './errors.ts'
import type { Key, KeySource } from './keys.ts'

export interface JwksOptions {
  /** Milliseconds. */
  now: () => number
  fetch: typeof fetch
}

type KeySet = ReturnType<typeof createLocalJWKSet>

const asymmetric = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
/** As long as Centrifugo keeps a key. */
const maxAge = 3_600_000
/** No `kid`, however many are made up, has the keys fetched more often than this. */
const coolDown = 10_000
const failurePause = 1000
const timeout = 5000
const maxBytes = 1_048_576

/**
 * The keys that an endpoint publishes. jose's own remote set knows no limit of size, asks again at once after a failure
 * and for as long as it lasts, and takes no clock.
 */
export function createJwks(url: string, { now, fetch }: JwksOptions): KeySource {
  let keys: KeySet | undefined
  let loadedAt = -Infinity
  let failure: KeysUnavailableError | undefined
  let failedAt = -Infinity
  let loading: Promise<KeySet> | undefined

  const load = async (): Promise<KeySet> => {
    if (failure && now() < failedAt + failurePause) throw failure
    try {
      keys = createLocalJWKSet(await fetchJwks(url, fetch))
      loadedAt = now()
      return keys
    } catch (cause) {
      failedAt = now()
      throw (failure = new KeysUnavailableError(`the keys at ${url} cannot be had`, { cause }))
    }
  }
  const loadOnce = () => (loading ??= load().finally(() => (loading = undefined)))

  const find = async (header: JWTHeaderParameters): Promise<Key> => {
    if (!header.kid) throw new TokenInvalidError('the token names no key (kid)')
    const current = keys && now() < loadedAt + maxAge ? keys : await loadOnce()
    try {
      return await current(header)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || now() < loadedAt + coolDown) throw error
    }
    return (await loadOnce())(header)
  }
  return { algorithms: asymmetric, find }
}

async function fetchJwks(url: string, fetch: JwksOptions['fetch']): Promise<{ keys: object[] }> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`status ${response.status}`)
  }
  return JSON.parse(await readText(response)) as { keys: object[] } // createLocalJWKSet checks
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  const body: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? []
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
