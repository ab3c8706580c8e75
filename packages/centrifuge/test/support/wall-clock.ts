import { onTestFinished, vi } from 'vitest'

/** Unix seconds from now. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds
}

/**
 * Stops the wall clock, by which tokens expire, and answers how to put it forward; timers and sockets go on as always.
 */
export function stopWallClock(): (seconds: number) => void {
  vi.useFakeTimers({ toFake: ['Date'], now: Math.floor(Date.now() / 1000) * 1000 })
  onTestFinished(() => void vi.useRealTimers())
  return (seconds) => void vi.setSystemTime(Date.now() + seconds * 1000)
}
