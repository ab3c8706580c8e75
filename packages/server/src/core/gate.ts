import { ChatError } from './errors.ts'

export type Gate = <T>(work: () => Promise<T>) => Promise<T>

interface GateLimits {
  running: number
  waiting: number
}

/** Lets so many run at once, keeps so many waiting, and refuses the rest with ChatError `unavailable`. */
export function createGate(limits: GateLimits): Gate {
  const waiting: (() => void)[] = []
  let running = 0

  const enter = async (): Promise<void> => {
    if (running < limits.running) running += 1
    else if (waiting.length < limits.waiting) await new Promise<void>((resolve) => waiting.push(resolve))
    else throw new ChatError('unavailable', 'The server is busy. Try again in a moment.')
  }
  // Who leaves hands its place to the first in line, so that nobody overtakes.
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }

  return async (work) => {
    await enter()
    return work().finally(leave)
  }
}

/** A gate for each key, for as long as anybody is at it. */
export function createGates(limits: GateLimits): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const gates = new Map<string, { gate: Gate; users: number }>()
  return async (key, work) => {
    const entry = gates.get(key) ?? { gate: createGate(limits), users: 0 }
    gates.set(key, entry)
    entry.users += 1
    return entry.gate(work).finally(() => {
      entry.users -= 1
      if (entry.users === 0) gates.delete(key)
    })
  }
}
