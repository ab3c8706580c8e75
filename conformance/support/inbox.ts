import { within } from './wait.ts'

/** What a client is told, for tests that wait for it. */
export interface Inbox<Item> {
  /** Everything, in the order of arrival. */
  heard: Item[]
  /** What could not be read; whoever waits fails with it. */
  faults: unknown[]
  /** Keeps what has come, or why it cannot be read; `wake` tells those who wait. */
  keep: (read: () => Item) => void
  wake: () => void
  /** Resolves with what is found, now or later. */
  waitFor: <T>(what: string, look: () => T | undefined) => Promise<T>
  /** Takes the first of these that no one has taken yet; waits for it when it is still to come. */
  take: (what: string, where: (item: Item) => boolean) => Promise<Item>
  /** Resolves once the condition holds; takes nothing. */
  saw: (what: string, condition: () => boolean) => Promise<void>
  /** What no one has taken yet; taken thereby. */
  rest: () => Item[]
}

const PATIENCE_MS = 10_000

export function createInbox<Item>(): Inbox<Item> {
  const heard: Item[] = []
  const waiting: Item[] = []
  const faults: unknown[] = []
  const watchers = new Set<() => void>()

  const waitFor: Inbox<Item>['waitFor'] = async <T>(what: string, look: () => T | undefined) => {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const watch = () => {
      const found = look()
      if (faults.length > 0) reject(faults[0])
      if (found === undefined) return
      // What comes in the same moment is for the next who waits.
      watchers.delete(watch)
      resolve(found)
    }
    watchers.add(watch)
    watch()
    try {
      return await within(PATIENCE_MS, () => `${what}; not taken: ${JSON.stringify(waiting)}`, promise)
    } finally {
      watchers.delete(watch)
    }
  }

  return {
    heard,
    faults,
    keep: (read) => {
      try {
        const item = read()
        heard.push(item)
        waiting.push(item)
      } catch (error) {
        faults.push(error)
      }
    },
    wake: () => watchers.forEach((watch) => watch()),
    waitFor,
    take: (what, where) =>
      waitFor(what, () => {
        const index = waiting.findIndex(where)
        return index < 0 ? undefined : waiting.splice(index, 1)[0]
      }),
    saw: async (what, condition) => {
      await waitFor(what, () => condition() || undefined)
    },
    rest: () => waiting.splice(0),
  }
}
