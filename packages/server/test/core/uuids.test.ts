import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { fromUuid, toUuid } from '../../src/core/uuids.ts'

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const near = fc.tuple(id, fc.integer({ min: 1, max: 100 })).map(([a, b]) => [a, Math.max(1, a - b)] as const)

describe('UUIDs of our own', () => {
  test.prop([id])('name their number', (number) => {
    expect(fromUuid('message', toUuid('message', number))).toBe(number)
    expect(fromUuid('message', toUuid('message', number).toUpperCase())).toBe(number)
  })

  test.prop([fc.oneof(fc.tuple(id, id), near)])('sort as their numbers do', ([a, b]) => {
    expect(toUuid('message', a) < toUuid('message', b)).toBe(a < b)
  })

  test.prop([id])('are of one kind only, of version 8 and the variant of RFC 9562', (number) => {
    const uuid = toUuid('conversation', number)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(fromUuid('message', uuid)).toBeNull()
  })

  test.prop([fc.oneof(fc.string(), fc.uuid())])('are no others', (text) => {
    expect(fromUuid('conversation', text)).toBeNull()
  })

  test('are never of 0, nor beyond what a number holds', () => {
    expect(fromUuid('message', toUuid('message', 0))).toBeNull()
    expect(fromUuid('message', 'ffffffff-ffff-8f80-8000-000000000002')).toBe(Number.MAX_SAFE_INTEGER)
    expect(fromUuid('message', 'ffffffff-ffff-8fff-8000-000000000002')).toBeNull()
  })
})
