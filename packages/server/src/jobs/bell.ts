export interface Bell {
  ring(): void
  /** Resolves once it has rung since it was heard last, or so much later. */
  heard(ms: number): Promise<void>
}

/** Wakes whoever waits for work, of which no call says how much there is. */
export function createBell(): Bell {
  let rung = Promise.withResolvers<true>()
  const ring = () => rung.resolve(true)
  return {
    ring,
    async heard(ms) {
      const timer = setTimeout(ring, ms)
      await rung.promise
      clearTimeout(timer)
      rung = Promise.withResolvers<true>()
    },
  }
}
