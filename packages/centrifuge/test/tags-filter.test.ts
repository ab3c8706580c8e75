import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FilterNode } from '../src/protocol/commands.ts'
import { checkFilter, matchesFilter } from '../src/subscriptions/tags-filter.ts'

type Tags = Record<string, string>

const blank: FilterNode = { op: '', key: '', cmp: '', val: '', vals: [], nodes: [] }
const leaf = (cmp: string, operand: string | string[] = '', key = 'k'): FilterNode =>
  typeof operand === 'string' ? { ...blank, key, cmp, val: operand } : { ...blank, key, cmp, vals: operand }
const tree = (op: string, ...nodes: FilterNode[]): FilterNode => ({ ...blank, op, nodes })
const not = (node: FilterNode) => tree('not', node)
const has = (key: string) => leaf('ex', '', key)

const refused = expect.objectContaining({ code: 107 }) as unknown

describe('a comparison', () => {
  it.each<[cmp: string, operand: string | string[], value: string | undefined, holds: boolean]>([
    ['eq', 'a', 'a', true],
    ['eq', 'a', 'b', false],
    ['eq', 'a', undefined, false],
    ['neq', 'a', 'b', true],
    ['neq', 'a', 'a', false],
    ['neq', 'a', undefined, true],
    ['in', ['a', 'b'], 'b', true],
    ['in', ['a', 'b'], 'c', false],
    ['in', ['a', 'b'], undefined, false],
    ['in', ['a', ''], undefined, true],
    ['nin', ['a', 'b'], 'c', true],
    ['nin', ['a', 'b'], 'b', false],
    ['nin', ['a', 'b'], undefined, true],
    ['nin', ['a', ''], undefined, false],
    ['ex', '', '', true],
    ['ex', '', undefined, false],
    ['nex', '', undefined, true],
    ['nex', '', '', false],
    ['sw', 'ab', 'abc', true],
    ['sw', 'ab', 'cab', false],
    ['sw', 'ab', undefined, false],
    ['ew', 'bc', 'abc', true],
    ['ew', 'bc', 'bca', false],
    ['ew', 'bc', undefined, false],
    ['ct', 'b', 'abc', true],
    ['ct', 'b', 'ac', false],
    ['ct', 'b', undefined, false],
    ['gt', '42', '100', true],
    ['gt', '42', '42', false],
    ['gte', '42', '42.00000001', true],
    ['gte', '42', '41.99999999', false],
    ['gte', '42', '42.000', true],
    ['lt', '42', '5', true],
    ['lt', '42', '42', false],
    ['lte', '42', '+042.0', true],
    ['lte', '42', '42.1', false],
    ['lt', '0', '-0.5', true],
    ['gt', '-1.5', '-1.25', true],
    ['gt', '9007199254740993', '9007199254740994', true],
    ['lt', '0.1', undefined, false],
    ['lt', '42', '', false],
    ['lt', '42', 'five', false],
    ['lt', '42', '1e1', false],
    ['lt', '42', ' 5', false],
    ['lt', 'x', '5', false],
    ['gt', '42', '9'.repeat(200), true],
    ['gt', '42', '9'.repeat(201), false],
  ])('%s %j of %j is %j', (cmp, operand, value, holds) => {
    const node = leaf(cmp, operand)
    checkFilter(node)
    expect(matchesFilter(node, value === undefined ? {} : { k: value })).toBe(holds)
    if (value === undefined) expect(matchesFilter(node, undefined)).toBe(holds)
  })

  it.each(['toString', '__proto__', ''])('sees no tag %j where there is none', (key) => {
    expect(matchesFilter(has(key), {})).toBe(false)
    expect(matchesFilter(has(key), Object.fromEntries([[key, 'x']]))).toBe(true)
  })

  it('orders decimals as numbers', () => {
    const decimal = fc.tuple(fc.integer(), fc.nat(99)).map(([whole, cents]) => `${whole}.${cents}`)
    fc.assert(
      fc.property(decimal, decimal, (k, val) => {
        expect(matchesFilter(leaf('lt', val), { k })).toBe(Number(k) < Number(val))
        expect(matchesFilter(leaf('gte', val), { k })).toBe(Number(k) >= Number(val))
      }),
    )
  })
})

describe('a tree', () => {
  const tags: fc.Arbitrary<Tags> = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.constantFrom('', '1', '20'),
  )
  const key = fc.constantFrom('a', 'b', 'c')
  const comparison = fc.oneof(
    fc.tuple(
      fc.constantFrom('eq', 'neq', 'sw', 'ew', 'ct', 'gt', 'gte', 'lt', 'lte'),
      fc.constantFrom('1', '20'),
      key,
    ),
    fc.tuple(fc.constantFrom('in', 'nin'), fc.subarray(['', '1', '20'], { minLength: 1 }), key),
    fc.tuple(fc.constantFrom('ex', 'nex'), fc.constant(''), key),
  )
  const { filter } = fc.letrec<{ filter: FilterNode }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      comparison.map(([cmp, operand, key]) => leaf(cmp, operand, key)),
      tie('filter').map(not),
      fc
        .tuple(fc.constantFrom('and', 'or'), fc.array(tie('filter'), { minLength: 1, maxLength: 3 }))
        .map(([op, nodes]) => tree(op, ...nodes)),
    ),
  }))

  function expectEqual(left: FilterNode, right: FilterNode, tags: Tags): void {
    checkFilter(left)
    expect(matchesFilter(left, tags)).toBe(matchesFilter(right, tags))
  }

  it('of and, or and not is what it says', () => {
    const tags = { a: '1', b: '2' }
    expect(matchesFilter(tree('and', has('a'), has('b')), tags)).toBe(true)
    expect(matchesFilter(tree('and', has('a'), has('c')), tags)).toBe(false)
    expect(matchesFilter(tree('or', has('c'), has('a')), tags)).toBe(true)
    expect(matchesFilter(tree('or', has('c'), has('d')), tags)).toBe(false)
    expect(matchesFilter(not(has('c')), tags)).toBe(true)
    expect(matchesFilter(not(has('a')), tags)).toBe(false)
  })

  it('obeys the laws of logic', () => {
    fc.assert(
      fc.property(filter, filter, tags, (x, y, tags) => {
        expectEqual(not(not(x)), x, tags)
        expectEqual(tree('and', x), x, tags)
        expectEqual(tree('or', x), x, tags)
        expectEqual(tree('and', x, y), tree('and', y, x), tags)
        expectEqual(not(tree('and', x, y)), tree('or', not(x), not(y)), tags)
        expectEqual(not(tree('or', x, y)), tree('and', not(x), not(y)), tags)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['neq', 'eq', 'a'],
    ['nin', 'in', ['a', '']],
    ['nex', 'ex', ''],
  ])('takes %s as not %s', (negative, positive, operand) => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('k', 'l'), fc.constantFrom('', 'a', 'b')), (tags) => {
        expectEqual(leaf(negative, operand), not(leaf(positive, operand)), tags)
      }),
    )
  })
})

describe('a filter', () => {
  const nested = (depth: number): FilterNode => (depth === 1 ? has('a') : not(nested(depth - 1)))

  it.each<[string, FilterNode]>([
    ['without anything', blank],
    ['with an unknown operation', tree('xor', has('a'))],
    ['with an unknown comparison', leaf('like', 'a')],
    ['with a comparison of every object', leaf('constructor', 'a')],
    ['with eq to nothing', leaf('eq')],
    ['with eq to several', { ...leaf('eq', 'a'), vals: ['b'] }],
    ['with in of nothing', leaf('in')],
    ['with in of one value', leaf('in', 'a')],
    ['with in of both', { ...leaf('in', ['a']), val: 'b' }],
    ['with ex of a value', leaf('ex', 'a')],
    ['with nex of values', leaf('nex', ['a'])],
    ['with eq of no key', leaf('eq', 'a', '')],
    ['with a comparison that has children', { ...has('a'), nodes: [has('b')] }],
    ['with and of nothing', tree('and')],
    ['with or of nothing', tree('or')],
    ['with not of nothing', tree('not')],
    ['with not of two', tree('not', has('a'), has('b'))],
    ['with such a thing further down', tree('and', has('a'), not(leaf('eq')))],
    ['that is too deep', nested(33)],
    ['of too many nodes', tree('or', ...Array.from({ length: 1000 }, () => has('a')))],
    [
      'of too many values',
      leaf(
        'in',
        Array.from({ length: 1000 }, (_, index) => `${index}`),
      ),
    ],
  ])('%s is refused', (_name, node) => {
    expect(() => checkFilter(node)).toThrow(refused)
  })

  it.each<[string, FilterNode]>([
    ['of one comparison', leaf('eq', 'a')],
    ['that asks for a tag without a name', leaf('ex', '', '')],
    ['that is just not too deep', nested(32)],
    ['that is just not too large', tree('or', ...Array.from({ length: 999 }, () => has('a')))],
  ])('%s is taken', (_name, node) => {
    expect(() => checkFilter(node)).not.toThrow()
  })
})
