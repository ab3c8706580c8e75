import { refusal } from '../errors.ts'
import type { FilterNode } from '../protocol/commands.ts'

interface Comparison {
  /** What of the node it compares with; the other has to be empty. */
  operand: 'val' | 'vals' | 'none'
  /** `value` is undefined where the publication has no such tag. */
  holds(value: string | undefined, node: FilterNode): boolean
}

const maxDepth = 32
/** Nodes and values together. */
const maxSize = 1000
const maxDigits = 200

const comparisons = new Map<string, Comparison>([
  ['eq', withVal((value, val) => value === val)],
  ['neq', withVal((value, val) => value !== val)],
  ['sw', withVal((value, val) => value?.startsWith(val) ?? false)],
  ['ew', withVal((value, val) => value?.endsWith(val) ?? false)],
  ['ct', withVal((value, val) => value?.includes(val) ?? false)],
  ['gt', ordered((order) => order > 0)],
  ['gte', ordered((order) => order >= 0)],
  ['lt', ordered((order) => order < 0)],
  ['lte', ordered((order) => order <= 0)],
  ['in', withVals((value, vals) => vals.includes(value))],
  ['nin', withVals((value, vals) => !vals.includes(value))],
  ['ex', { operand: 'none', holds: (value) => value !== undefined }],
  ['nex', { operand: 'none', holds: (value) => value === undefined }],
])

/** Throws 107 for a filter that makes no sense, or that would cost too much on every publication. */
export function checkFilter(node: FilterNode): void {
  if (!isWellFormed(node, maxDepth) || sizeOf(node) > maxSize) throw refusal(107)
}

/** Of a filter that was checked. */
export function matchesFilter(node: FilterNode, tags: Record<string, string> | undefined): boolean {
  switch (node.op) {
    case 'and':
      return node.nodes.every((child) => matchesFilter(child, tags))
    case 'or':
      return node.nodes.some((child) => matchesFilter(child, tags))
    case 'not':
      return !node.nodes.some((child) => matchesFilter(child, tags))
    default:
      return comparisons.get(node.cmp)?.holds(tagOf(tags, node.key), node) ?? false
  }
}

function tagOf(tags: Record<string, string> | undefined, key: string): string | undefined {
  return tags && Object.hasOwn(tags, key) ? tags[key] : undefined
}

function isWellFormed(node: FilterNode, depth: number): boolean {
  const { length } = node.nodes
  const areWellFormed = () => depth > 1 && node.nodes.every((child) => isWellFormed(child, depth - 1))
  switch (node.op) {
    case '':
      return isComparison(node)
    case 'and':
    case 'or':
      return length > 0 && areWellFormed()
    case 'not':
      return length === 1 && areWellFormed()
    default:
      return false
  }
}

function isComparison({ key, cmp, val, vals, nodes }: FilterNode): boolean {
  const operand = comparisons.get(cmp)?.operand
  const takesVal = operand === 'val'
  const takesVals = operand === 'vals'
  if (operand === undefined || nodes.length > 0) return false
  return takesVal === (val !== '') && takesVals === vals.length > 0 && (key !== '' || operand === 'none')
}

function sizeOf({ vals, nodes }: FilterNode): number {
  return nodes.reduce((sum, child) => sum + sizeOf(child), 1 + vals.length)
}

function withVal(holds: (value: string | undefined, val: string) => boolean): Comparison {
  return { operand: 'val', holds: (value, { val }) => holds(value, val) }
}

/** No tag is the empty one here, as in the protocol's own servers. */
function withVals(holds: (value: string, vals: string[]) => boolean): Comparison {
  return { operand: 'vals', holds: (value = '', { vals }) => holds(value, vals) }
}

/** Does not hold where either text is no number. */
function ordered(holds: (order: number) => boolean): Comparison {
  return withVal((value = '', val) => {
    const order = compareDecimals(value, val)
    return order !== undefined && holds(order)
  })
}

function compareDecimals(left: string, right: string): number | undefined {
  const [a, b] = [parseDecimal(left), parseDecimal(right)]
  if (!a || !b) return undefined
  const digits = Math.max(a.fraction.length, b.fraction.length)
  const difference = scaled(a, digits) - scaled(b, digits)
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

function parseDecimal(text: string): { whole: string; fraction: string } | undefined {
  if (text.length > maxDigits) return undefined
  const [, whole, fraction = ''] = /^([+-]?\d+)(?:\.(\d+))?$/.exec(text) ?? []
  return whole === undefined ? undefined : { whole, fraction }
}

function scaled({ whole, fraction }: { whole: string; fraction: string }, digits: number): bigint {
  return BigInt(whole + fraction.padEnd(digits, '0'))
}
