import type { Options, StoreName } from './options.ts'
import type { Postgres } from './postgres.ts'

/** What every bench is given. */
export interface Context {
  options: Options
  /** What a bench starts ends with it, or at Ctrl-C, the last thing first. */
  stack: AsyncDisposableStack
  /** One for the whole run, started when it is first asked for. */
  postgres: () => Promise<Postgres>
  /** Filled for reading: one of each store for the whole run. */
  library: (store: StoreName) => Promise<Library>
  log: (line: string) => void
}

/** What a server is started on; it can be stopped and started again there. */
export interface Home {
  dataFolder: string
  databaseUrl: string | undefined
}

/** A home whose database is filled for reading. */
export interface Library extends Home {
  messages: number
  longest: { id: number; messages: number }
}
