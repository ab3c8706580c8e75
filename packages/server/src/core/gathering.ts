/** What became of one of many that were worked off together. */
export type Outcome<T> = { value: T } | { error: unknown }

/** Works off one batch at a time, in the order of arrival; what arrives meanwhile makes up the next. */
export interface Gathering<Item, Result> {
  add(item: Item, work: (items: Item[]) => Promise<Outcome<Result>[]>): Promise<Result>
}

interface Waiting<Item, Result> extends PromiseWithResolvers<Result> {
  item: Item
}

/** A greater batch gains no more, and holds more of the database. */
const MOST = 256

export function createGathering<Item, Result>(): Gathering<Item, Result> {
  let waiting: Waiting<Item, Result>[] = []
  let busy = false

  async function workOff(work: (items: Item[]) => Promise<Outcome<Result>[]>): Promise<void> {
    busy = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST)
      waiting = waiting.slice(MOST)
      const outcomes = await work(batch.map(({ item }) => item)).catch((error: unknown) =>
        batch.map(() => ({ error })),
      )
      for (const [n, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[n]
        if (outcome && 'value' in outcome) resolve(outcome.value)
        else reject(outcome?.error)
      }
    }
    busy = false
  }

  return {
    add(item, work) {
      const one = { item, ...Promise.withResolvers<Result>() }
      waiting.push(one)
      if (!busy) void workOff(work)
      return one.promise
    },
  }
}
