export interface Expiries<Entry> {
  /** The entry is over so many milliseconds from now, whatever was said of it before. */
  postpone(entry: Entry, ttl: number): void
  /** Ends what is over; of very many some only by the next calls. */
  sweep(): void
}

// What one call ends takes a millisecond or so.
const endedPerCall = 1000

/** Finds what is over without a timer, and without looking at what is not. */
export function createExpiries<Entry>(now: () => number, end: (entry: Entry) => void): Expiries<Entry> {
  /** Of one time to live, what was postponed last is over last. */
  const queues = new Map<number, { dues: Map<Entry, number>; ending: Iterator<void> }>()
  const createQueue = () => {
    const dues = new Map<Entry, number>()
    return { dues, ending: endInOrder(dues, now, end) }
  }
  return {
    postpone(entry, ttl) {
      const queue = queues.get(ttl) ?? createQueue()
      queues.set(ttl, queue)
      queue.dues.delete(entry)
      queue.dues.set(entry, now() + ttl)
    },
    sweep() {
      for (const [ttl, { ending }] of queues) if (ending.next().done) queues.delete(ttl)
    },
  }
}

/** Goes on where it stopped: a map is slow to find its first entry when many before it were deleted. */
function* endInOrder<Entry>(
  dues: Map<Entry, number>,
  now: () => number,
  end: (entry: Entry) => void,
): Generator<void> {
  let ended = 0
  for (const [entry, due] of dues) {
    while (dues.get(entry) === due && now() < due) yield
    // It was postponed, and comes again.
    if (dues.get(entry) !== due) continue
    dues.delete(entry)
    end(entry)
    if (++ended % endedPerCall === 0) yield
  }
}
