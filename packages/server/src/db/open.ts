import type { Database } from './database.ts'
import { openPglite } from './pglite.ts'
import { addressOf } from './postgres-connection.ts'
import { openPostgres } from './postgres.ts'

export interface DatabaseOptions {
  /** Where it is not given, the database is embedded and lives in `dataDir`. */
  databaseUrl?: string | undefined
  dataDir: string
  /** Faults that no caller is waiting for. */
  onError: (error: unknown) => void
}

export interface OpenedDatabase {
  db: Database
  /** For people: `PGlite in ./data`, `PostgreSQL 15.18 at localhost:5432/parley`. */
  description: string
  /** The embedded database was made just now. */
  created: boolean
}

export async function openDatabase({
  databaseUrl,
  dataDir,
  onError,
}: DatabaseOptions): Promise<OpenedDatabase> {
  if (databaseUrl === undefined) {
    const { db, created } = await openPglite({ dataDir, onError })
    return { db, created, description: `PGlite in ${dataDir}` }
  }
  const { db, version } = await openPostgres({ databaseUrl, onError })
  return { db, created: false, description: `PostgreSQL ${version} at ${addressOf(databaseUrl)}` }
}
