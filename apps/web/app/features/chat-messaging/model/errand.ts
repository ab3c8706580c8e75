import { ApiError } from '#chat/shared/api/client.ts'
import { retryDelay } from './retry.ts'

const APART_MS = 500

export interface ErrandOptions {
  /** Whether its time has come. */
  ready?: () => boolean
  /** Null where there is nothing to do after all. */
  act: () => Promise<unknown> | null
}

/** What is done when asked: at once, then at most twice a second, and again where it may succeed later. */
export function createErrand({ ready = () => true, act }: ErrandOptions) {
  let wanted = false
  let busy = false
  let closed = false
  let attempts = 0
  let patience = false
  let rest: ReturnType<typeof setTimeout> | undefined

  async function run() {
    if (!wanted || busy || rest !== undefined || !ready()) return
    wanted = false
    const work = act()
    if (!work) return
    busy = true
    const delay = await work.then(done, failed)
    busy = false
    if (!closed) rest = setTimeout(rested, Math.max(APART_MS, delay))
  }
  function done() {
    attempts = 0
    patience = false
    return 0
  }
  function failed(error: unknown) {
    const delay = retryDelay(error, attempts)
    if (delay === null) return done()
    attempts += 1
    wanted = true
    patience = error instanceof ApiError && error.status === 429
    return delay
  }
  function rested() {
    rest = undefined
    void run()
  }
  function hurry() {
    clearTimeout(rest)
    rested()
  }
  return {
    ask() {
      wanted = true
      void run()
    },
    /** Its time may have come. */
    again: () => void run(),
    /** The server can be reached again: what failed is not waited for, unless the server asked for patience. */
    wake: () => (attempts > 0 && !patience ? hurry() : void run()),
    /** There is no later. */
    hurry,
    forget: () => (wanted = false),
    isBusy: () => busy,
    isWanted: () => wanted,
    close() {
      closed = true
      clearTimeout(rest)
    },
  }
}
