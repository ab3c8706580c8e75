import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Database, Transaction } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import type { PostgresOptions } from '../../src/db/postgres.ts'
import { freshPostgresUrl } from '../support/databases.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

let url = ''
let drop = (): Promise<void> => Promise.resolve()
let proxy: Proxy
let faults: unknown[] = []
let opened: Database[] = []

beforeEach(async () => {
  ;({ url, drop } = await freshPostgresUrl())
  proxy = await startProxy(url)
  faults = []
  opened = []
})

afterEach(async () => {
  await Promise.all(opened.map((db) => db.close()))
  await proxy.close()
  await drop()
})

async function open(databaseUrl = url, options?: Partial<PostgresOptions>): Promise<Database> {
  const { db } = await openPostgres({ databaseUrl, onError: (fault) => faults.push(fault), ...options })
  opened.push(db)
  return db
}

test('a server that does not answer, or does not know the database, is named without the password', async () => {
  const { port } = new URL(proxy.url)
  proxy.cut()
  const refused = openDatabase({
    databaseUrl: `postgresql://someone:secret@127.0.0.1:${port}/parley`,
    dataDir: '',
    onError: fail,
  })
  await expect(refused).rejects.toThrow(/^PostgreSQL at 127\.0\.0\.1:\d+\/parley cannot be reached: /)
  const unknown = new URL(url)
  unknown.pathname = 'nowhere'
  const fault: unknown = await open(unknown.href).catch((error: unknown) => error)
  expect(String(fault)).toContain('database "nowhere" does not exist')
  expect(String(fault)).not.toContain('postgres:postgres')
})

test('tells its version and where it is', async () => {
  const { db, description, created } = await openDatabase({ databaseUrl: url, dataDir: '', onError: fail })
  opened.push(db)
  const { host, pathname } = new URL(url)
  expect(description).toMatch(/^PostgreSQL \d+\.\d+.* at /)
  expect(description.endsWith(` at ${host}${pathname}`)).toBe(true)
  expect(created).toBe(false)
})

test('every statement is prepared once per connection, under the name of its text', async () => {
  const db = await open(url, { connections: 1 })
  for (const n of [1, 2, 3]) await db.query('select $1::int as n', [n])
  await db.transaction((tx) => tx.query('select $1::int as n', [4]))
  const prepared = await db.query<{ name: string; calls: number }>(
    `select name, generic_plans + custom_plans as calls from pg_prepared_statements where statement = 'select $1::int as n'`,
  )
  expect(prepared).toEqual([{ name: expect.stringMatching(/^parley_/) as string, calls: 4 }])
})

test('a prepared statement that a migration has outdated fails once and then works', async () => {
  const db = await open(url, { connections: 1 })
  const other = await open(url)
  await db.execute('create table changing (a int)')
  expect(await db.query('select * from changing')).toEqual([])
  await other.execute('alter table changing add b int; insert into changing values (1, 2)')
  await expect(db.query('select * from changing')).rejects.toMatchObject({ code: '0A000' })
  expect(await db.query('select * from changing')).toEqual([{ a: 1, b: 2 }])
})

test('an error of a statement does not cost its connection', async () => {
  const db = await open(url, { connections: 1 })
  const pid = (): Promise<unknown> => db.query('select pg_backend_pid() as pid')
  const before = await pid()
  await expect(db.query('select 1 / $1::int', [0])).rejects.toMatchObject({ code: '22012' })
  await expect(db.transaction((tx) => tx.query('select nothing'))).rejects.toMatchObject({ code: '42703' })
  expect(await pid()).toEqual(before)
})

test('whoever waits hears when the server goes; when it is back, everything works again', async () => {
  const db = await open(proxy.url)
  const sleeping = expect(db.query('select pg_sleep(60)')).rejects.toThrow('Connection terminated')
  const inTransaction = db.transaction(async (tx) => {
    await tx.query('select 1')
    proxy.cut()
    await tx.query('select 2')
  })
  await expect(inTransaction).rejects.toThrow('Connection terminated')
  await sleeping
  await expect(db.query('select 1')).rejects.toThrow('cannot be reached')
  proxy.restore()
  expect(await db.query('select 1 as one')).toEqual([{ one: 1 }])
})

test('the loss of an idle connection is reported and does not end the process', async () => {
  const db = await open(proxy.url)
  await db.query('select 1')
  proxy.cut()
  await vi.waitFor(() => expect(faults).not.toEqual([]))
  proxy.restore()
  expect(await db.query('select 1 as one')).toEqual([{ one: 1 }])
})

test('waiting transactions share the connections that there are', async () => {
  const db = await open(url, { connections: 2 })
  await db.execute('create table counter (n int); insert into counter values (0)')
  const increment = (): Promise<unknown> => db.transaction((tx) => tx.query('update counter set n = n + 1'))
  await Promise.all(Array.from({ length: 50 }, increment))
  expect(await db.query('select n from counter')).toEqual([{ n: 50 }])
})

test('sends come one after the other on a connection that nobody else has', async () => {
  const db = await open(url, { connections: 1 })
  const idOf = async (tx: Transaction) =>
    (await tx.query<{ id: number }>('select pg_backend_pid() as id'))[0]?.id
  const { promise: sent, resolve: end } = Promise.withResolvers<undefined>()
  const other = db.transaction(async (tx) => {
    await sent
    return idOf(tx)
  })
  const [first, second] = await Promise.all([db.transaction(idOf, 'sends'), db.transaction(idOf, 'sends')])
  end(undefined)
  expect(second).toBe(first)
  expect(await other).not.toBe(first)
})

test('sends are not held up by a server that fell silent while their connection rested, nor is the end', async () => {
  const db = await open(proxy.url, { heartbeatMs: 100 })
  const ask = () => db.transaction((tx) => tx.query('select 1 as one'), 'sends')
  await ask()
  proxy.silence()
  await vi.waitFor(() => expect(faults).not.toEqual([]))
  expect(await ask()).toEqual([{ one: 1 }])
  proxy.silence()
  await db.close()
})

function fail(error: unknown): never {
  throw error
}
