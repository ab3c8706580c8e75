/** What has happened since the start. */
export interface Counters {
  connects: number
  /** Commands that were answered with an error, by code. */
  errors: Map<number, number>
  /** Connections closed by the server, by code. */
  disconnects: Map<number, number>
  commands: Map<string, number>
  /** Publications the engine took from this node, repeats of an idempotency key included. */
  publications: number
  /** Publications queued for a connection. */
  deliveries: number
  /** Connections closed because too much waited for them, or the network took nothing. */
  queueDrops: number
  recoveriesHit: number
  recoveriesMissed: number
}

export function createCounters(): Counters {
  return {
    connects: 0,
    errors: new Map(),
    disconnects: new Map(),
    commands: new Map(),
    publications: 0,
    deliveries: 0,
    queueDrops: 0,
    recoveriesHit: 0,
    recoveriesMissed: 0,
  }
}

export function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
