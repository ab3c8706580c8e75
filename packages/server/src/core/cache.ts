/**
 * Spares requests a look-up. What this process changes it forgets at once; what another one changes, when the log
 * brings word of it, or within a few seconds.
 */
export interface Cache<Value extends object> {
  read(key: string, find: Find<Value>): Promise<Value | null>
  forget(key: string): void
}

/** Finds those of the keys that there are. It is asked for others, too, that are about to be looked up again. */
type Find<Value> = (keys: string[]) => Promise<Map<string, Value>>

/** What is older is looked up again before it is used. */
const FRESH_MS = 5_000
/** What is older, and was used since, is looked up along with something else: many cost little more than one. */
const DUE_MS = 2_500
const REMEMBERED_MS = 15_000
const REMEMBERED = 20_000
const MOST_AT_ONCE = 256

interface Entry<Value> {
  value: Value
  foundAt: number
  /** Whether somebody has asked for it since, or had it found. */
  isUsed: boolean
}

export function createCache<Value extends object>(clock = () => performance.now()): Cache<Value> {
  /** What was found first comes first. */
  const entries = new Map<string, Entry<Value>>()
  const finding = new Map<string, Promise<Map<string, Value>>>()
  let forgotten = 0
  let purging: NodeJS.Timeout | null = null

  /** What is no longer read would take up room for good. */
  function purgeLater(): void {
    purging ??= setTimeout(() => {
      purging = null
      const latest = clock() - REMEMBERED_MS
      for (const [key, { foundAt }] of entries) {
        if (foundAt > latest) break
        entries.delete(key)
      }
      if (entries.size > 0) purgeLater()
    }, REMEMBERED_MS).unref()
  }

  /** What nobody has used is forgotten instead. */
  function dueBeside(key: string): string[] {
    const due: string[] = []
    const latest = clock() - DUE_MS
    for (const [other, { foundAt, isUsed }] of entries) {
      if (foundAt > latest || due.length === MOST_AT_ONCE) break
      if (!isUsed) entries.delete(other)
      else if (other !== key && !finding.has(other)) due.push(other)
    }
    return due
  }

  async function findFresh(key: string, find: Find<Value>): Promise<Map<string, Value>> {
    const keys = [key, ...dueBeside(key)]
    const [before, foundAt] = [forgotten, clock()]
    const found = find(keys)
    for (const one of keys) finding.set(one, found)
    try {
      const values = await found
      // What was forgotten while it was being looked up must not come back.
      if (forgotten === before)
        for (const one of keys) remember(one, values.get(one), { foundAt, isUsed: one === key })
      return values
    } finally {
      for (const one of keys) if (finding.get(one) === found) finding.delete(one)
    }
  }

  function remember(key: string, value: Value | undefined, entry: Omit<Entry<Value>, 'value'>): void {
    entries.delete(key)
    if (!value) return
    entries.set(key, { ...entry, value })
    const [oldest] = entries.keys()
    if (entries.size > REMEMBERED && oldest !== undefined) entries.delete(oldest)
    purgeLater()
  }

  return {
    async read(key, find) {
      const known = entries.get(key)
      if (known && clock() - known.foundAt < FRESH_MS) {
        known.isUsed = true
        return known.value
      }
      const values = await (finding.get(key) ?? findFresh(key, find))
      return values.get(key) ?? null
    },
    forget(key) {
      forgotten++
      entries.delete(key)
      finding.clear()
    },
  }
}
