import { setTimeout as pause } from 'node:timers/promises'
import { keepTrying } from '../db/back-off.ts'
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
  const { signal } = stopping
  let behind = Promise.withResolvers<true>()
  let isBehind = false

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      await behind.promise
      await pause(SOON_MS, undefined, { signal })
      behind = Promise.withResolvers()
      isBehind = false
      await putPendingIntoIndex(db)
    }
  }

  const following = keepTrying(follow, signal, onError)
  return {
    written() {
      isBehind = true
      behind.resolve(true)
    },
    async stop() {
      stopping.abort()
      behind.resolve(true)
      await following
      if (isBehind) await putPendingIntoIndex(db).catch(onError)
    },
  }
}
