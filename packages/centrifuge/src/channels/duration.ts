const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const part = /(\d+(?:\.\d+)?)(ms|s|m|h)/g

/** Milliseconds of a text such as `300s`, `1h30m` and `0`; undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (text.replace(part, '') !== '' || text === '') return undefined
  return [...text.matchAll(part)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0),
    0,
  )
}
