import { LRUCache } from 'lru-cache'

/**
 * Spares requests a look-up. What this process changes it forgets at once; what another one changes, when the log
 * brings word of it, or within a few seconds.
 */
export interface Cache<Value extends object> {
  read(key: string, load: () => Promise<Value | null>): Promise<Value | null>
  forget(key: string): void
}

const REMEMBER_MS = 5_000
const REMEMBERED = 20_000

export function createCache<Value extends object>(): Cache<Value> {
  const values = new LRUCache<string, Value>({ max: REMEMBERED, ttl: REMEMBER_MS })
  let forgotten = 0
  let purging: NodeJS.Timeout | null = null

  /** What is no longer read would take up room for good. */
  function purgeLater(): void {
    purging ??= setTimeout(() => {
      purging = null
      values.purgeStale()
      if (values.size > 0) purgeLater()
    }, REMEMBER_MS).unref()
  }

  return {
    async read(key, load) {
      const known = values.get(key)
      if (known) return known
      const before = forgotten
      const found = await load()
      // What was forgotten while it was being read must not come back.
      if (found && forgotten === before) {
        values.set(key, found)
        purgeLater()
      }
      return found
    },
    forget(key) {
      forgotten++
      values.delete(key)
    },
  }
}
