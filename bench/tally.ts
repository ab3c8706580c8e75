/** Counts what is delivered. */
export interface Tally {
  delivered(): number
  /** Resolves once so many have been delivered since the start; a connection that is lost is an error. */
  reached(total: number): Promise<void>
}

const PATIENCE_MS = 30_000

export function createTally() {
  const waiting: { total: number; resolve: () => void; reject: (error: Error) => void }[] = []
  let delivered = 0
  return {
    delivered: () => delivered,
    async reached(total: number) {
      if (total <= delivered) return
      const { promise, resolve, reject } = Promise.withResolvers<undefined>()
      const overdue = setTimeout(() => reject(new Error(`${total - delivered} never arrived.`)), PATIENCE_MS)
      waiting.push({ total, resolve: () => resolve(undefined), reject })
      await promise.finally(() => clearTimeout(overdue))
    },
    add(count: number) {
      delivered += count
      while (waiting[0] && waiting[0].total <= delivered) waiting.shift()?.resolve()
    },
    fail: (error: Error) => waiting.splice(0).forEach(({ reject }) => reject(error)),
  }
}
