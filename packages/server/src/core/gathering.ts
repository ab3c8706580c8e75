/** What became of one of many that were worked off together. */
export type Outcome<T> = { value: T } | { error: unknown }

/** A batch among those before and after it. */
export interface Turn {
  /** What the batch before wanted to be done before this one goes further; rejects where it has failed. */
  before: Promise<unknown>
  /** The batch before has ended, whatever became of it. */
  ended: Promise<unknown>
  /** Lets the next batch begin, but not go further before `done`. */
  goOn: (done: Promise<unknown>) => void
}

type Work<Item, Result> = (items: Item[], turn: Turn) => Promise<Outcome<Result>[]>

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
  let waiting: Waiting[] = []
  let busy = false
  let ended: Promise<unknown> = Promise.resolve()
  let done = ended

  function workOff(work: Work<unknown, unknown>): void {
    if (busy || waiting.length === 0) return
    busy = true
    const batch = waiting.slice(0, MOST)
    waiting = waiting.slice(MOST)
    // Once the batch before has ended, what failed at first does not matter any more.
    const before = Promise.race([ended, done])
    before.catch(() => undefined)
    let hasGoneOn = false
    const goOn = (behind: Promise<unknown>) => {
      if (hasGoneOn) return
      hasGoneOn = true
      busy = false
      done = behind
      workOff(work)
    }
    ended = outcomesOf(batch, work, { before, ended, goOn }).then((outcomes) => {
      settle(batch, outcomes)
      goOn(Promise.resolve())
    })
  }

  return {
    add<Item, Result>(item: Item, work: Work<Item, Result>) {
      const one = { item, ...Promise.withResolvers<unknown>() }
      waiting.push(one)
      // Items and outcomes are those of this one kind of work.
      workOff(work as Work<unknown, unknown>)
      return one.promise as Promise<Result>
    },
  }
}

async function outcomesOf(
  batch: Waiting[],
  work: Work<unknown, unknown>,
  turn: Turn,
): Promise<Outcome<unknown>[]> {
  const items = batch.map(({ item }) => item)
  try {
    return await work(items, turn)
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
