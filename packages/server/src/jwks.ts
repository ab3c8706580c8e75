import { importJWK, type CryptoKey, type JWK } from 'jose'
import { z } from 'zod'

const TIMEOUT_MS = 5_000
/** Known keys are looked up again this often, beside the requests, so that a withdrawn key stops counting. */
const REFRESH_MS = 600_000
/** An unknown key may be a new one: this often, at most, it is worth a look. */
const COOL_DOWN_MS = 30_000

export interface VerifyKey {
  alg: string
  kid?: string
  key: CryptoKey | Uint8Array
}

export interface RemoteKeys {
  /** The keys that are known, after looking for a new one where none of them answers. */
  find(matches: (key: VerifyKey) => boolean): Promise<VerifyKey[]>
  /** Whether the last attempt to fetch them failed. */
  isDown(): boolean
}

/** The host's public keys. While its server is down, the known ones go on counting. */
export function createRemoteKeys(url: string, now: () => number): RemoteKeys {
  let keys: VerifyKey[] = []
  let attemptedAt = -Infinity
  let pending: Promise<void> | undefined
  let down = false

  const load = async (): Promise<void> => {
    attemptedAt = now()
    try {
      keys = await fetchKeys(url)
      down = false
    } catch {
      down = true
    }
  }
  const refresh = () => (pending ??= load().finally(() => (pending = undefined)))

  return {
    async find(matches) {
      const found = keys.filter(matches)
      const age = now() - attemptedAt
      if (found.length === 0 && (pending !== undefined || age >= COOL_DOWN_MS)) {
        await refresh()
        return keys.filter(matches)
      }
      if (age >= (down ? COOL_DOWN_MS : REFRESH_MS)) void refresh()
      return found
    },
    isDown: () => down,
  }
}

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) })

async function fetchKeys(url: string): Promise<VerifyKey[]> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  const body = await response.text()
  if (!response.ok) throw new Error(`JWKS answered ${response.status}`)
  const { keys } = keySet.parse(JSON.parse(body))
  const imported = await Promise.all(keys.map(importKey))
  return imported.filter((key) => key !== undefined)
}

/** A set may hold keys for other purposes, or of kinds that we do not take: they are left out. */
async function importKey(jwk: JWK): Promise<VerifyKey | undefined> {
  const alg = algorithmOf(jwk)
  const forSomethingElse = (jwk.use ?? 'sig') !== 'sig' || (jwk.alg ?? alg) !== alg
  if (alg === undefined || forSomethingElse) return undefined
  try {
    return { alg, kid: jwk.kid, key: await importJWK(jwk, alg) }
  } catch {
    return undefined
  }
}

/** One algorithm per kind of key, so that no token can choose how its key is used. */
function algorithmOf({ kty, crv }: JWK): string | undefined {
  if (kty === 'RSA') return 'RS256'
  if (kty === 'EC' && crv === 'P-256') return 'ES256'
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA'
  return undefined
}
