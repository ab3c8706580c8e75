import { randomInt } from 'node:crypto'

/** Numbers from 0 (inclusive) to 1, the same ones for the same seed. */
export type Random = () => number

/** `CRASH_SEED` repeats a run; the name of the test prints the seed it had. */
export const seed = Number(process.env['CRASH_SEED'] ?? randomInt(2 ** 31))

/** Mulberry32. */
export function randomFrom(start: number): Random {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1))
}

export function pick<T>(random: Random, [first, ...others]: readonly [T, ...T[]]): T {
  return others[between(random, 0, others.length) - 1] ?? first
}
