/** Who may use the only connection, first come, first served: statements together, a transaction alone. */
export interface Lane {
  /** Calls `work` at once unless a transaction is open or waiting. It must send its statement synchronously. */
  shared<T>(work: () => Promise<T>): Promise<T>
  exclusive<T>(work: () => Promise<T>): Promise<T>
}

export function createLane(): Lane {
  let lastEnd: Promise<unknown> = Promise.resolve()
  let transactions = 0

  return {
    async shared(work) {
      if (transactions > 0) await lastEnd
      return work()
    },
    async exclusive(work) {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const before = lastEnd
      lastEnd = promise
      transactions += 1
      try {
        await before
        return await work()
      } finally {
        transactions -= 1
        resolve(undefined)
      }
    },
  }
}
