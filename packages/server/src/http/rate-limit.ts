import { ChatError } from '../core/errors.ts'

const WINDOW_MS = 60_000

/** Counts a request of this key; how many seconds it has to wait, 0 where it need not. */
export type RateLimit = (key: string) => number

export const tooMany = () => new ChatError('rate_limited', 'Too many requests. Try again later.')

/** So many requests of each key in the minute that begins with the first of them; 0 is no limit. */
export function createRateLimit(most: number, clock: () => number = () => performance.now()): RateLimit {
  const windows = new Map<string, { count: number; endsAt: number }>()

  function openWindow(key: string, now: number) {
    // They stand in the order in which they end.
    for (const [key, { endsAt }] of windows) {
      if (endsAt > now) break
      windows.delete(key)
    }
    const window = { count: 0, endsAt: now + WINDOW_MS }
    windows.set(key, window)
    return window
  }

  return (key) => {
    if (most === 0) return 0
    const now = clock()
    const known = windows.get(key)
    const window = known && known.endsAt > now ? known : openWindow(key, now)
    window.count++
    return window.count > most ? Math.ceil((window.endsAt - now) / 1000) : 0
  }
}
