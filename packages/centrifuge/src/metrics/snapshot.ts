import { counts } from '../api.ts'
import type { Node } from '../node.ts'
import type { Counters } from './counters.ts'

type ByKind = 'commands' | 'errors' | 'disconnects'

/** What is now, and what has happened since the start. */
export interface Metrics extends Readonly<Omit<Counters, ByKind>> {
  /** Those that have not authenticated included. */
  readonly connections: number
  readonly users: number
  readonly channels: number
  readonly subscriptions: number
  readonly commands: Readonly<Record<string, number>>
  /** By code. */
  readonly errors: Readonly<Record<number, number>>
  /** By code. */
  readonly disconnects: Readonly<Record<number, number>>
}

export function snapshot(node: Node): Metrics {
  const { commands, errors, disconnects, ...totals } = node.counters
  return {
    ...counts(node),
    ...totals,
    commands: Object.fromEntries(commands),
    errors: Object.fromEntries(errors),
    disconnects: Object.fromEntries(disconnects),
  }
}
