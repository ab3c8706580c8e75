import { LRUCache } from 'lru-cache'
import type { Look } from '../db/conversations.ts'

/** Pages of conversations as their readers were shown them: each is good until something changes in its conversation. */
export type Pages = LRUCache<string, Shown>

interface Shown {
  /** As it was before the page was read. */
  look: Look
  json: Buffer
}

const BYTES = 48 * 1024 * 1024
/** What an entry takes besides its text. */
const ENTRY_BYTES = 1000

export function createPages(): Pages {
  return new LRUCache({
    maxSize: BYTES,
    sizeCalculation: ({ json }, key) => ENTRY_BYTES + key.length + json.length,
  })
}
