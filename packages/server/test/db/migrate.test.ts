import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { eachStore, freshPostgresUrl } from '../support/databases.ts'

let folder = ''

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-test-migrations-'))
})

afterEach(() => fs.rm(folder, { recursive: true }))

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, script] of Object.entries(files)) await fs.writeFile(path.join(folder, name), script)
}

const ONE = { '0001_init.sql': 'create table one (id int); insert into one values (1);' }
const TWO = { '0002_two.sql': `-- with a comment; and a semicolon\ncreate table two (id int);\n` }

eachStore('migrations', (db) => {
  beforeEach(() => db().execute('drop table if exists migrations, one, two'))

  test('are applied in order, once', async () => {
    await write({ ...TWO, ...ONE, 'README.md': 'not one of them' })
    expect(await migrate(db(), folder)).toEqual(['0001_init.sql', '0002_two.sql'])
    expect(await migrate(db(), folder)).toEqual([])
    expect(await db().query('select name from migrations order by name')).toHaveLength(2)
    expect(await db().query('select id from one')).toEqual([{ id: 1 }])
  })

  test('may be none at all', async () => {
    expect(await migrate(db(), folder)).toEqual([])
  })

  test('go on where the last version ended', async () => {
    await write(ONE)
    await migrate(db(), folder)
    await write(TWO)
    expect(await migrate(db(), folder)).toEqual(['0002_two.sql'])
  })

  test('leave nothing of a file that fails, and keep those before it', async () => {
    await write({ ...ONE, '0002_two.sql': 'create table two (id int); select * from nowhere;' })
    await expect(migrate(db(), folder)).rejects.toThrow(/0002_two\.sql failed: .*nowhere/)
    expect(await db().query('select name from migrations')).toEqual([{ name: '0001_init.sql' }])
    await write(TWO)
    expect(await migrate(db(), folder)).toEqual(['0002_two.sql'])
  })

  test('refuse a gap, a doubled number and a name out of line', async () => {
    await write({ ...ONE, '0003_three.sql': '' })
    await expect(migrate(db(), folder)).rejects.toThrow('0002 is missing')
    await write({ '0001_again.sql': '' })
    await expect(migrate(db(), folder)).rejects.toThrow('0002 is missing')
    await write({ '0001-init.sql': '' })
    await expect(migrate(db(), folder)).rejects.toThrow('0001-init.sql is not named')
  })

  test('refuse a database that is newer than this version', async () => {
    await write({ ...ONE, ...TWO })
    await migrate(db(), folder)
    await fs.rm(path.join(folder, '0002_two.sql'))
    await expect(migrate(db(), folder)).rejects.toThrow(
      'newer than this Parley: it has the migration 0002_two.sql',
    )
  })

  test('refuse a file that has changed since', async () => {
    await write({ ...ONE, ...TWO })
    await migrate(db(), folder)
    await write({ '0001_init.sql': 'create table one (id bigint);' })
    await expect(migrate(db(), folder)).rejects.toThrow('0001_init.sql has changed')
  })
})

test('two servers that start at once on one PostgreSQL apply each migration once', async () => {
  const { url, drop } = await freshPostgresUrl()
  const open = async (): Promise<Database> => (await openPostgres({ databaseUrl: url, onError: fail })).db
  const servers = await Promise.all([open(), open(), open(), open()])
  await servers[0].execute('drop table migrations')
  // Slow enough that all of them are in the middle of it.
  await write({ '0001_init.sql': 'create table one (id int); select pg_sleep(0.2);', ...TWO })
  const applied = await Promise.all(servers.map((db) => migrate(db, folder)))
  expect(applied.flat().sort()).toEqual(['0001_init.sql', '0002_two.sql'])
  await Promise.all(servers.map((db) => db.close()))
  await drop()
})

function fail(error: unknown): never {
  throw error
}
