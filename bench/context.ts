import type { Options } from './options.ts'
import type { Postgres } from './postgres.ts'

/** What every bench is given. */
export interface Context {
  options: Options
  /** What a bench starts ends with it, or at Ctrl-C, the last thing first. */
  stack: AsyncDisposableStack
  /** One for the whole run, started when it is first asked for. */
  postgres: () => Promise<Postgres>
  /** A database filled for reading: one for the whole run. */
  library: () => Promise<string>
  log: (line: string) => void
}
