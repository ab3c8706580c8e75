import { median } from './samples.ts'
import type { Metric, Row, Series } from './samples.ts'

const METRICS: Metric[] = [
  'perSecond',
  'p50',
  'p99',
  'max',
  'first',
  'last',
  'bytes',
  'alive',
  'store',
  'pages',
]

/** A line for each figure, then one for each of its floors and what part of that floor it reaches. */
export function tableOf(rows: Row[], earlier: Row[] = []): string {
  const lines = rows.flatMap((row) => {
    const old = earlier.find(({ name }) => name === row.name)
    return [
      [row.name, figures(row), old ? `was ${figures(old)}` : ''],
      ...row.floors.map((floor) => floorLine(row, floor, old)),
    ]
  })
  const widths = [0, 1].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function floorLine(row: Row, floor: Series, old: Row | undefined): string[] {
  const oldFloor = old?.floors.find(({ name }) => name === floor.name)
  const was = old && oldFloor ? `, was ${shares(old, oldFloor)}` : ''
  return [`  ${floor.name}`, figures(floor), `${shares(row, floor)} of it${was}`]
}

function figures({ samples }: Series): string {
  return METRICS.filter((metric) => samples[0]?.[metric] !== undefined)
    .map((metric) => show(metric, median(samples.map((sample) => sample[metric] ?? Number.NaN))))
    .join('  ')
}

function show(metric: Metric, value: number): string {
  switch (metric) {
    case 'perSecond':
      return `${Math.round(value).toLocaleString('en').padStart(9)}/s`
    case 'bytes':
      return `${(value / 1024).toFixed(1).padStart(7)} KB each`
    case 'alive':
      return `${(value / 1024).toFixed(1).padStart(7)} KB alive`
    case 'p50':
    case 'p99':
    case 'max':
    case 'first':
    case 'last':
    case 'store':
      return `${metric} ${value.toFixed(2).padStart(7)} ms`
    case 'pages':
      return `${value.toFixed(0).padStart(7)} pages`
  }
}

/** How much of the floor, in what is measured first; where pages are counted, in these too. */
function shares(row: Row, floor: Series): string {
  const has = (metric: Metric) => row.samples[0]?.[metric] !== undefined
  const main = percent(share(row, floor, METRICS.find(has) ?? 'perSecond'))
  return has('pages') ? `time ${main}, pages ${percent(share(row, floor, 'pages'))}` : main
}

/** The median of the rounds' own ratios: what slows the machine for a while slows both. */
function share(row: Series, floor: Series, metric: Metric): number {
  return median(
    row.samples.map(
      (sample, n) => (sample[metric] ?? Number.NaN) / (floor.samples[n]?.[metric] ?? Number.NaN),
    ),
  )
}

const percent = (value: number) => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`
