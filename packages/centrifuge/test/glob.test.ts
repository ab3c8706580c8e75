import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesGlob } from '../src/glob.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\n'), maxLength: 10 })
const glob = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 })

describe('globs', () => {
  it('match what the regular expression of the same meaning does', () => {
    const property = fc.property(glob, text, (pattern, name) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*')
      expect(matchesGlob(pattern, name)).toBe(new RegExp(`^${source}$`, 's').test(name))
    })
    fc.assert(property, { numRuns: 5000 })
  })

  it('take no longer for having many stars', () => {
    const started = performance.now()
    expect(matchesGlob('*a'.repeat(12) + '*b', 'a'.repeat(10_000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(500)
  })
})
