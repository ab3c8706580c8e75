import { setTimeout as later } from 'node:timers/promises'
import { within } from './wait.ts'

/** Does it again until it is done: for what may be done twice, while a server or a line may be gone. */
export async function insist<T>(what: string, attempt: () => Promise<T>): Promise<T> {
  let last: unknown
  let isOpen = true
  const trying = async (): Promise<T> => {
    while (isOpen) {
      try {
        return await attempt()
      } catch (error) {
        last = error
        await later(50)
      }
    }
    throw new Error('given up')
  }
  const done = trying()
  done.catch(() => undefined)
  try {
    return await within(60_000, () => `${what}; last failure: ${String(last)}`, done)
  } finally {
    isOpen = false
  }
}
