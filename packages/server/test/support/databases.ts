import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createDatabase, dropDatabase } from './postgres-admin.ts'

export type Store = Database['kind']

interface TestDatabase {
  db: Database
  /** Closes it and deletes it; throws when it reported a fault that nobody was waiting for. */
  drop: () => Promise<void>
}

/** A migrated database of one's own. */
async function openTestDatabase(store: Store, onError?: (error: unknown) => void): Promise<TestDatabase> {
  const { dataDir, databaseUrl, drop } = await freshStore(store)
  const faults: unknown[] = []
  const { db } = await openDatabase({
    dataDir,
    databaseUrl,
    onError: onError ?? ((fault) => faults.push(fault)),
  })
  return {
    db,
    async drop() {
      await db.close()
      await drop()
      if (faults.length > 0) throw new AggregateError(faults, `The database reported: ${faults.join(', ')}`)
    },
  }
}

/** Runs one suite on both stores, each with a database of its own; it may also be asked which store it has. */
export function eachStore(name: string, suite: (db: () => Database, store: Store) => void): void {
  describe.each<Store>(['embedded', 'postgres'])(`${name} (%s)`, (store) => {
    let opened: TestDatabase | undefined
    beforeAll(async () => {
      opened = await openTestDatabase(store)
    })
    afterAll(() => opened?.drop())
    suite(() => {
      if (!opened) throw new Error('The database is open inside tests and hooks only.')
      return opened.db
    }, store)
  })
}

export interface FreshStore {
  dataDir: string
  databaseUrl: string | undefined
  drop: () => Promise<void>
}

/** The settings of a store of one's own, migrated, for tests that start the server as a process. */
export async function freshStore(store: Store): Promise<FreshStore> {
  if (store === 'embedded') return freshDataFolder()
  const { url, drop } = await freshPostgresUrl()
  return { dataDir: path.join(os.tmpdir(), 'parley-test-not-used'), databaseUrl: url, drop }
}

export async function freshPostgresUrl(): Promise<{ url: string; drop: () => Promise<void> }> {
  const adminUrl = inject('postgresUrl')
  const { name, url } = await createDatabase(adminUrl, inject('postgresTemplate'))
  return { url, drop: () => dropDatabase(adminUrl, name) }
}

/** Node has it, which its types do not say. */
declare const WebAssembly: { compile: (code: Uint8Array) => Promise<object> }
let compiled: Promise<object> | undefined

/** As long as somebody in this process has the code of the embedded PostgreSQL, no thread compiles its own. */
function keepCompiled(): Promise<object> {
  const folder = path.dirname(fileURLToPath(import.meta.resolve('@electric-sql/pglite')))
  return (compiled ??= WebAssembly.compile(fs.readFileSync(path.join(folder, 'pglite.wasm'))))
}

export async function freshDataFolder(): Promise<FreshStore> {
  await keepCompiled()
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-test-data-'))
  fs.cpSync(inject('pgliteTemplate'), dataDir, { recursive: true }) // takes a tenth of what `fs.promises.cp` does
  return { dataDir, databaseUrl: undefined, drop: () => fs.promises.rm(dataDir, { recursive: true }) }
}
