const CHECK_MS = 15_000
/** Timers of a hidden page may be held to one in a minute. */
const ASLEEP_MS = 90_000

/** Calls back after the computer has slept: its connections look open and are not. */
export function onWake(callback: () => void, signal: AbortSignal): void {
  let last = Date.now()
  const timer = setInterval(() => {
    const now = Date.now()
    if (now - last > ASLEEP_MS) callback()
    last = now
  }, CHECK_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
}
