import type { Chat } from '../core/types.ts'
import { archiveIdle } from '../db/auto-archive.ts'

const BATCH = 200
const LOOK_MS = 10 * 60_000

export interface AutoArchiveOptions {
  chat: Pick<Chat, 'db' | 'committed'>
  /** Without a message; of dialogs that the management began, and no other conversations. */
  days: number
  onError: (error: unknown) => void
}

/** Puts idle dialogs out of everybody's way, now and from time to time. The disposer waits for what is under way. */
export function startAutoArchive({ chat, days, onError }: AutoArchiveOptions): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping

  async function look(): Promise<void> {
    for (let found = BATCH; found === BATCH && !signal.aborted;) {
      found = await archiveIdle(chat.db, days, BATCH)
      if (found > 0) chat.committed()
    }
  }

  let looking = look().catch(onError)
  const timer = setInterval(() => {
    looking = looking.then(look).catch(onError)
  }, LOOK_MS)
  return async () => {
    clearInterval(timer)
    stopping.abort()
    await looking
  }
}
