/** What became of one of many that were worked off together. */
export type Outcome<T> = { value: T } | { error: unknown }

type Work<Item, Result> = (items: Item[]) => Promise<Outcome<Result>[]>

/** Works off one batch after the other, in the order of arrival; what arrives meanwhile makes up the next. */
export interface Gathering {
  /** All that is added to one gathering is of one kind, and so is the work. */
  add<Item, Result>(item: Item, work: Work<Item, Result>): Promise<Result>
}

interface Waiting extends PromiseWithResolvers<unknown> {
  item: unknown
}

/** A greater batch gains no more, and holds more of the database. */
const MOST = 256

export function createGathering(): Gathering {
  const waiting: Waiting[] = []
  let isBusy = false

  async function workOff(work: Work<unknown, unknown>): Promise<void> {
    if (isBusy) return
    isBusy = true
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MOST)
      settle(batch, await outcomesOf(batch, work))
    }
    isBusy = false
  }

  return {
    add<Item, Result>(item: Item, work: Work<Item, Result>) {
      const one = { item, ...Promise.withResolvers<unknown>() }
      waiting.push(one)
      // Items and outcomes are those of this one kind of work.
      void workOff(work as Work<unknown, unknown>)
      return one.promise as Promise<Result>
    },
  }
}

async function outcomesOf(batch: Waiting[], work: Work<unknown, unknown>): Promise<Outcome<unknown>[]> {
  try {
    return await work(batch.map(({ item }) => item))
  } catch (error) {
    return batch.map(() => ({ error }))
  }
}

function settle(batch: Waiting[], outcomes: Outcome<unknown>[]): void {
  for (const [n, { resolve, reject }] of batch.entries()) {
    const outcome = outcomes[n]
    if (outcome && 'value' in outcome) resolve(outcome.value)
    else reject(outcome?.error)
  }
}
