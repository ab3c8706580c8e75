const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Connections that are good until some time, all on one timer. */
export interface Deadlines {
  set(connection: Expiring, time: Date): void
  delete(connection: Expiring): void
}

interface Expiring {
  expire(): void
}

export function createDeadlines(): Deadlines {
  const times = new Map<Expiring, number>()
  let next = Infinity
  let timer: NodeJS.Timeout | undefined

  function wake(): void {
    const now = Date.now()
    for (const [connection, time] of times) {
      if (time > now) continue
      times.delete(connection)
      connection.expire()
    }
    next = Infinity
    for (const time of times.values()) next = Math.min(next, time)
    if (next < Infinity) wait()
  }

  function wait(): void {
    clearTimeout(timer)
    const left = Math.max(0, next - Date.now())
    timer = setTimeout(wake, Math.min(left, LONGEST_TIMER_MS)).unref()
  }

  return {
    set(connection, time) {
      times.set(connection, time.getTime())
      if (time.getTime() >= next) return
      next = time.getTime()
      wait()
    },
    delete: (connection) => void times.delete(connection),
  }
}
