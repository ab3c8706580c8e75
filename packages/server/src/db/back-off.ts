import { setTimeout as wait } from 'node:timers/promises'

const FIRST_MS = 100
const LONGEST_MS = 2_000
const HELD_MS = 10_000

/**
 * Calls `attempt` again and again until `stop`, with a pause between that doubles, is jittered and capped, and is
 * short again only after an attempt that held for a while. Resolves when `stop` has aborted and the last attempt has
 * ended.
 */
export async function keepTrying(
  attempt: () => Promise<void>,
  stop: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  let longest = FIRST_MS
  while (!stop.aborted) {
    const startedAt = performance.now()
    await attempt().catch((error: unknown) => {
      if (!stop.aborted) onError(error)
    })
    if (performance.now() - startedAt > HELD_MS) longest = FIRST_MS
    await pause(longest, stop)
    longest = Math.min(longest * 2, LONGEST_MS)
  }
}

async function pause(longest: number, stop: AbortSignal): Promise<void> {
  const ms = longest / 2 + (Math.random() * longest) / 2
  await wait(ms, undefined, { signal: stop }).catch(() => undefined) // `stop` cuts it short
}
