import { hash } from 'node:crypto'

export interface CacheOptions {
  /** Milliseconds. */
  now: () => number
  maxEntries?: number
}

/** A key that was withdrawn, or a token without `exp`, is noticed after this at the latest. */
const maxAge = 3_600_000
const defaultMaxEntries = 50_000

/**
 * Has each token verified once, however many connections bring it, together or in turn. Of a good one only the digest is
 * kept; a bad one is not remembered. `verify` settles with the `exp`, unix seconds.
 */
export function createTokenCache({ now, maxEntries = defaultMaxEntries }: CacheOptions) {
  const goodUntil = new Map<string, number>()
  const pending = new Map<string, Promise<void>>()

  const remember = (digest: string, until: number) => {
    goodUntil.delete(digest)
    goodUntil.set(digest, until)
    const [oldest] = goodUntil.keys()
    if (goodUntil.size > maxEntries && oldest !== undefined) goodUntil.delete(oldest)
  }
  const verifyAnew = async (digest: string, verify: () => Promise<number | undefined>) => {
    const exp = await verify()
    remember(digest, Math.min((exp ?? Infinity) * 1000, now() + maxAge))
  }

  return async (token: string, verify: () => Promise<number | undefined>): Promise<void> => {
    const digest = hash('sha256', token, 'base64')
    const until = goodUntil.get(digest) ?? 0
    if (now() < until) {
      remember(digest, until)
      return
    }
    const running = pending.get(digest)
    if (running) return running
    const started = verifyAnew(digest, verify).finally(() => pending.delete(digest))
    pending.set(digest, started)
    return started
  }
}
