import type { Context } from './context.ts'

/**
 * What one measurement found: `perSecond`; `p50`, `p99` and `max` in milliseconds; p50 of those due in the `first` second, and in the
 * `last`; memory per connection, the process's `bytes` and those that are `alive`; or what PostgreSQL did for each
 * operation, in milliseconds (`store`), and the `pages` it touched.
 */
export type Sample = Partial<Record<Metric, number>>
export type Metric =
  'perSecond' | 'p50' | 'p99' | 'max' | 'first' | 'last' | 'bytes' | 'alive' | 'store' | 'pages'

export interface Series {
  name: string
  samples: Sample[]
}

/** A figure and its floors, measured in turn: the n-th samples belong together. */
export interface Row extends Series {
  floors: Series[]
}

export interface Contender {
  name: string
  measure: (seconds: number) => Promise<Sample>
}

/** Parley and its floors in turn, `runs` times, after one short round that does not count. */
export async function measureInTurn(
  name: string,
  [target, ...floors]: [Contender, ...Contender[]],
  { options: { runs, seconds }, log }: Pick<Context, 'options' | 'log'>,
): Promise<Row> {
  const contenders = [target, ...floors].map((contender) => ({ ...contender, samples: [] as Sample[] }))
  for (const { measure } of contenders) await measure(Math.min(1, seconds))
  for (let run = 1; run <= runs; run++) {
    for (const { measure, samples } of contenders) samples.push(await measure(seconds))
    const told = contenders.map(({ name, samples }) => `${name} ${briefly(samples.at(-1))}`)
    log(`${name}, run ${run} of ${runs}: ${told.join(', ')}`)
  }
  const [first, ...rest] = contenders.map(({ name, samples }) => ({ name, samples }))
  return { name, samples: first?.samples ?? [], floors: rest }
}

const briefly = ({ perSecond, max = Number.NaN, p50 = max }: Sample = {}) =>
  perSecond === undefined ? `${p50.toPrecision(3)} ms` : `${Math.round(perSecond).toLocaleString('en')}/s`

/** `1 sender`, `16 senders`. */
export const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** `unit`: how many things one of the timed actions stands for. */
export function timings(latencies: number[], seconds: number, unit = 1): Sample {
  const at = percentiles(latencies)
  return { perSecond: (latencies.length * unit) / seconds, p50: at(0.5), p99: at(0.99) }
}

/** Of so many a second, in the order in which they were due: a queue that grows shows in the last second. */
export function spread(latencies: number[], perSecond: number): Sample {
  const at = percentiles(latencies)
  const first = percentiles(latencies.slice(0, perSecond))(0.5)
  const last = percentiles(latencies.slice(-perSecond))(0.5)
  return { p50: at(0.5), p99: at(0.99), max: at(1), first, last }
}

function percentiles(latencies: number[]): (share: number) => number {
  const sorted = Float64Array.from(latencies).sort()
  return (share) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}
