import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/db/migrate.ts'
import { openPglite } from '../../src/db/pglite.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { createDatabase, dropDatabase } from './postgres-admin.ts'
import { startRealPostgres } from './real-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a database that may create others. */
    postgresUrl: string
    /** A migrated database: the template of each test file's own. */
    postgresTemplate: string
    /** A data folder, migrated and closed, to be copied. */
    pgliteTemplate: string
  }
}

export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  const [postgres, pglite] = await Promise.all([preparePostgres(), preparePglite()])
  provide('postgresUrl', postgres.url)
  provide('postgresTemplate', postgres.template)
  provide('pgliteTemplate', pglite.folder)
  return async () => {
    pglite.remove()
    await postgres.stop()
  }
}

async function preparePostgres(): Promise<{ url: string; template: string; stop: () => Promise<void> }> {
  const { url, stop } = await startRealPostgres()
  const template = await createDatabase(url)
  const { db } = await openPostgres({ databaseUrl: template.url, onError: fail })
  await migrate(db)
  await db.close()
  return {
    url,
    template: template.name,
    async stop() {
      await dropDatabase(url, template.name)
      await stop()
    },
  }
}

async function preparePglite(): Promise<{ folder: string; remove: () => void }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-test-pglite-'))
  const { db } = await openPglite({ dataDir: folder, onError: fail })
  await migrate(db)
  await db.close()
  // Of 128 MB, which tests have no use for, each that opens a copy would clear every byte first.
  fs.appendFileSync(path.join(folder, 'postgres', 'postgresql.conf'), 'shared_buffers = 16MB\n')
  return { folder, remove: () => fs.rmSync(folder, { recursive: true }) }
}

function fail(error: unknown): never {
  throw error
}
