const entriesPerCall = 2

/**
 * Each call looks at a few more entries, round and round, and deletes those that are over. Called with whatever adds an
 * entry, it keeps a map from growing beyond what is alive, without a timer and without ever looking at all at once.
 */
export function sweeper<Value>(
  entries: Map<string, Value>,
  isOver: (value: Value, key: string) => boolean,
): () => void {
  let round = entries.entries()
  return () => {
    for (let looked = 0; looked < entriesPerCall; looked++) {
      const next = round.next()
      if (next.done) {
        round = entries.entries()
        return
      }
      const [key, value] = next.value
      if (isOver(value, key)) entries.delete(key)
    }
  }
}
