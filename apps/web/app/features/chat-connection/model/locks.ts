/** Resolves once the lock is held, which it stays until `until` is aborted or the tab or worker is gone. */
export function hold(name: string, until: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const work = () => {
      resolve()
      return aborted(until)
    }
    navigator.locks.request(name, { signal: until }, work).catch(reject)
  })
}

/** Calls back once nobody holds the lock. */
export function whenFree(name: string, callback: () => void, signal: AbortSignal): void {
  navigator.locks.request(name, { signal }, callback).catch(unlessAborted(signal))
}

/** Does the work while holding the lock, whose turn may come late or never. */
export function inTurn(name: string, work: () => Promise<void>, signal: AbortSignal): void {
  navigator.locks.request(name, { signal }, work).catch(unlessAborted(signal))
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const unlessAborted = (signal: AbortSignal) => (error: unknown) => {
  if (!signal.aborted) throw error
}
