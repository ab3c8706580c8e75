import fc from 'fast-check'

/** A document that changes a little, again and again, with characters of one to four bytes. */
export function slowlyChanging(count: number): unknown[] {
  const names = ['Zoë', 'Анна', '明', '👩‍👩‍👧', 'Ωmega', 'plain']
  return Array.from({ length: count }, (_, index) => ({
    title: 'Übersicht der Stände — 一覧',
    line: 'ä'.repeat(40) + (names[index % names.length] ?? ''),
    rows: Array.from({ length: 12 }, (_row, row) => ({
      name: names[row % names.length],
      score: row === index % 12 ? index : row,
    })),
    footer: `${index} 🎉`,
  }))
}

/** Payloads of which some resemble the one before, and some do not at all. */
export const payload: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }).map((count) => slowlyChanging(count).at(-1)) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>({}, [], '', 0, null, '🎉', 'é', 'è') },
  { weight: 1, arbitrary: fc.jsonValue() },
)

/** Whether the texts differ within a character: a difference between them may have no text. */
export function cutsCharacter(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  const start = a.findIndex((byte, index) => byte !== b[index])
  return start > 0 && ((a[start] ?? 0) & 0xc0) === 0x80
}
