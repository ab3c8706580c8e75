import { setTimeout as pause } from 'node:timers/promises'
import type { Queryable } from '../db/database.ts'
import { putPendingIntoIndex } from '../db/search.ts'

/** What is written meanwhile goes in together, and each search reads it beside the index. */
const SOON_MS = 200

export interface SearchIndexing {
  /** Something was committed. */
  written(): void
  /** Puts in what is left. */
  stop(): Promise<void>
}

/** Puts messages into the search index soon after they were written, so that no sender has to. */
export function startSearchIndexing(db: Queryable, onError: (error: unknown) => void): SearchIndexing {
  const stopping = new AbortController()
  let isBehind = false
  let working: Promise<void> | null = null

  async function work(): Promise<void> {
    while (isBehind) {
      await pause(SOON_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      isBehind = false
      await putPendingIntoIndex(db).catch(onError)
    }
    working = null
  }

  return {
    written() {
      isBehind = true
      working ??= work()
    },
    async stop() {
      stopping.abort()
      await working
    },
  }
}
