import { createHash } from 'node:crypto'
import fs from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Database, Queryable } from './database.ts'

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/

interface Migration {
  name: string
  script: string
  checksum: string
}

/**
 * Brings the schema up to this version's; forward only, each file in a transaction of its own. Servers that start
 * together take turns. Returns the names of those it applied.
 */
export async function migrate(db: Database, folder = FOLDER): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const known = await db.transaction(async (tx) => {
    await lockMigrations(tx)
    await tx.execute(`
      create table if not exists migrations (
        name text primary key,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`)
    const checksums = await appliedChecksums(tx)
    refuseForeign(checksums, migrations)
    return checksums
  })
  const applied: string[] = []
  for (const migration of migrations.filter(({ name }) => !known.has(name))) {
    if (await db.transaction((tx) => apply(tx, migration))) applied.push(migration.name)
  }
  return applied
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await fs.readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  refuseGaps(files)
  return Promise.all(files.map((file) => readMigration(folder, file)))
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const script = await fs.readFile(`${folder}/${name}`, 'utf8')
  return { name, script, checksum: createHash('sha256').update(script).digest('hex') }
}

function refuseGaps(files: string[]): void {
  files.forEach((file, index) => {
    const number = FILE_NAME.exec(file)?.[1]
    if (!number) throw new Error(`The migration ${file} is not named NNNN_name.sql.`)
    const expected = String(index + 1).padStart(4, '0')
    if (number !== expected)
      throw new Error(`The migration ${expected} is missing: ${file} follows its predecessor.`)
  })
}

function refuseForeign(applied: Map<string, string>, migrations: Migration[]): void {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]))
  for (const [name, checksum] of applied) {
    if (!known.has(name)) {
      throw new Error(
        `The database is newer than this Parley: it has the migration ${name}, which is not known here.`,
      )
    }
    if (known.get(name) !== checksum) {
      throw new Error(`The migration ${name} has changed since it was applied; write a new one instead.`)
    }
  }
}

/** Says whether it did: another server may have. */
async function apply(tx: Queryable, { name, script, checksum }: Migration): Promise<boolean> {
  await lockMigrations(tx)
  if ((await appliedChecksums(tx)).has(name)) return false
  await tx.execute(script).catch((error: unknown) => {
    throw new Error(`The migration ${name} failed: ${String(error)}`, { cause: error })
  })
  await tx.query('insert into migrations (name, checksum) values ($1, $2)', [name, checksum])
  return true
}

async function lockMigrations(tx: Queryable): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('parley_migrations', 0))`)
}

async function appliedChecksums(tx: Queryable): Promise<Map<string, string>> {
  const rows = await tx.query<{ name: string; checksum: string }>(
    'select name, checksum from migrations order by name',
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}
