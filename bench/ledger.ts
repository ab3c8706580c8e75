const PATIENCE_MS = 30_000

/** Who has heard what, and how often. */
export interface Ledger {
  hear(listener: number, message: number): void
  /** Somebody who was away and hears of it later may have heard of it already. */
  learn(listener: number, message: number): void
  /** Resolves once each of them has heard each of these. */
  heard(pairs: Iterable<[listener: number, message: number]>): Promise<void>
  /** A listener was cut off: who waits for all to have heard waits in vain. */
  fail(error: Error): void
  /** Throws where something was heard twice. */
  checkOnce(): void
}

export function createLedger(): Ledger {
  const times = new Map<string, number>()
  let awaited = new Set<string>()
  let waiting: PromiseWithResolvers<undefined> | undefined
  let failure: Error | undefined
  const keyOf = (listener: number, message: number) => `${message} for ${listener}`

  function note(key: string, more: number): void {
    times.set(key, (times.get(key) ?? 0) + more)
    if (awaited.delete(key) && awaited.size === 0) waiting?.resolve(undefined)
  }

  return {
    hear: (listener, message) => note(keyOf(listener, message), 1),
    learn: (listener, message) => note(keyOf(listener, message), 0),
    fail(error) {
      failure ??= error
      waiting?.reject(failure)
    },
    async heard(pairs) {
      if (failure) throw failure
      awaited = new Set()
      for (const pair of pairs) if (!times.has(keyOf(...pair))) awaited.add(keyOf(...pair))
      if (awaited.size === 0) return
      const { promise, reject } = (waiting = Promise.withResolvers())
      const overdue = setTimeout(() => reject(new Error(missing(awaited))), PATIENCE_MS)
      await promise.finally(() => clearTimeout(overdue))
    },
    checkOnce() {
      for (const [key, count] of times) if (count > 1) throw new Error(`Heard ${count} times: ${key}`)
    },
  }
}

const missing = (keys: Set<string>) =>
  `Lost, or more than ${PATIENCE_MS / 1000} s late: ${[...keys].slice(0, 10).join(', ')}, ${keys.size} in all.`
