import fs from 'node:fs'
import path from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { UPKEEP, keepUp } from '../../src/db/pglite-upkeep.ts'
import type { UpkeepOptions } from '../../src/db/pglite-upkeep.ts'
import { openPglite } from '../../src/db/pglite.ts'
import { freshDataFolder } from '../support/databases.ts'
import type { FreshStore } from '../support/databases.ts'
import { start } from './processes/run.ts'

let store: FreshStore
let faults: unknown[] = []
let opened: Database[] = []

beforeEach(async () => {
  store = await freshDataFolder()
  faults = []
  opened = []
})

afterEach(async () => {
  await Promise.all(opened.map((db) => db.close()))
  await store.drop()
})

async function open(upkeep: Partial<UpkeepOptions> = {}): Promise<Database> {
  const { db } = await openPglite({ dataDir: store.dataDir, upkeep, onError: (fault) => faults.push(fault) })
  opened.push(db)
  return db
}

test('a folder is made where there is none, or where making it was interrupted, and says so once', async () => {
  const dataDir = path.join(store.dataDir, 'new')
  const torn = path.join(dataDir, 'postgres.new')
  fs.mkdirSync(torn, { recursive: true })
  fs.writeFileSync(path.join(torn, 'PG_VERSION'), '18\n')
  const first = await openPglite({ dataDir, onError: fail })
  expect(first.created).toBe(true)
  await first.db.execute('create table kept (id int)')
  await first.db.close()
  expect(fs.readdirSync(dataDir)).toEqual(['postgres'])
  const again = await openPglite({ dataDir, onError: fail })
  expect(again.created).toBe(false)
  expect(await again.db.query('select * from kept')).toEqual([])
  await again.db.close()
}, 60_000)

test('a folder is opened by one process, and by that once', async () => {
  const db = await open()
  await expect(open()).rejects.toThrow(
    `${path.join(store.dataDir, 'postgres')} is in use by process ${process.pid}`,
  )
  expect(await db.query('select 1 as one')).toEqual([{ one: 1 }])
  await db.close()
  await (await open()).close()
})

test('a folder that another process has is left alone, and free when that one is killed', async () => {
  const other = start('writer.ts', [store.dataDir, '0'])
  await other.lines.next()
  await expect(open()).rejects.toThrow(`in use by process ${other.pid}`)
  const written = await other.lines.next()
  expect(written.done).toBe(false)
  await other.kill()
  await (await open()).close()
})

test('every commit is synced to the log before it is acknowledged; reads and rollbacks sync nothing', async () => {
  const log = path.join(store.dataDir, 'syncs')
  fs.writeFileSync(log, '')
  const child = start('syncing.ts', [store.dataDir, log], {
    preload: 'count-syncs.ts',
    env: { SYNC_LOG: log },
  })
  const { value } = await child.lines.next()
  await child.exited
  const synced = JSON.parse(value ?? '{}') as Record<string, string[]>
  const toLog = (phase: string): number =>
    synced[phase]?.filter((file) => file.includes('/pg_wal/')).length ?? 0
  expect(toLog('statements')).toBeGreaterThanOrEqual(20)
  expect(toLog('transactions')).toBeGreaterThanOrEqual(10)
  expect(synced['reads']).toEqual([])
  expect(synced['rollback']).toEqual([])
  expect(synced['checkpoint']).toContainEqual(expect.stringMatching(/\/base\/\d+\/\d+$/))
  expect(synced['checkpoint']).toContainEqual(expect.stringMatching(/\/pg_control$/))
})

test('what was acknowledged survives kill -9 at any moment, and a transaction is there whole or not at all', async () => {
  const acknowledged = new Set<string>()
  for (let round = 0; round < 5; round += 1) {
    const writer = start('writer.ts', [store.dataDir, String(round)])
    const enough = acknowledged.size + 1 + Math.floor(Math.random() * 300)
    for (let line = await writer.lines.next(); !line.done; line = await writer.lines.next()) {
      acknowledged.add(line.value)
      if (acknowledged.size === enough) await writer.kill() // what it wrote until then is still read
    }
  }
  const db = await open()
  const pairs = await db.query<{ id: string; halves: number }>(
    'select id, count(*) as halves from pairs group by id',
  )
  await db.close()
  expect(pairs.filter(({ halves }) => halves !== 2)).toEqual([])
  const kept = new Set(pairs.map(({ id }) => id))
  expect([...acknowledged].filter((id) => !kept.has(id))).toEqual([])
  // One per writer and round may have been committed without having been acknowledged.
  expect(kept.size - acknowledged.size).toBeLessThanOrEqual(15)
}, 60_000)

test('a long statement does not stop the event loop', async () => {
  const db = await open()
  let turns = 0
  const counter = setInterval(() => (turns += 1), 1)
  await db.query('select pg_sleep(0.2)')
  clearInterval(counter)
  expect(turns).toBeGreaterThan(10)
  await db.close()
})

test('a statement that nests too deep is an error, not the end', async () => {
  const db = await open()
  await db.execute(
    'create function deep(n int) returns int language plpgsql as $$ begin return deep(n + 1); end $$',
  )
  await expect(db.query('select deep(1)')).rejects.toMatchObject({ code: '54001' })
  expect(await db.query('select 1 as one')).toEqual([{ one: 1 }])
  await db.close()
})

test('when PostgreSQL panics, whoever waits is told why, and so is whoever asks later', async () => {
  const db = await open()
  fs.rmSync(path.join(store.dataDir, 'postgres', 'pg_wal'), { recursive: true })
  const panic = /PANIC: .*pg_wal/
  const waiting = Array.from({ length: 3 }, () =>
    db.query('select pg_switch_wal(), pg_notify($1, $1)', ['x']),
  )
  await db.query('create table writes (id int)').catch(() => undefined)
  const answers = await Promise.allSettled(waiting)
  expect(answers.at(-1)).toMatchObject({ status: 'rejected' })
  await expect(db.query('select 1')).rejects.toThrow(panic)
  await expect(db.transaction((tx) => tx.query('select 1'))).rejects.toThrow(panic)
  expect(faults).toEqual([expect.objectContaining({ message: expect.stringMatching(panic) as string })])
  await db.close()
})

test('upkeep vacuums and analyses the tables that have changed, and those alone', async () => {
  const db = await open()
  await db.execute('create table busy (id int primary key); create table idle (id int)')
  await db.execute('insert into busy select generate_series(1, 2000); delete from busy where id > 1000')
  await db.query('select pg_stat_force_next_flush()')
  await keepUp(db, UPKEEP)
  const kept = await db.query(`
    select relname, vacuum_count, analyze_count, n_live_tup, n_dead_tup
    from pg_stat_user_tables where relname in ('busy', 'idle') order by 1`)
  expect(kept).toEqual([
    { relname: 'busy', vacuum_count: 1, analyze_count: 1, n_live_tup: 1000, n_dead_tup: 0 },
    { relname: 'idle', vacuum_count: 0, analyze_count: 0, n_live_tup: 0, n_dead_tup: 0 },
  ])
  await keepUp(db, UPKEEP)
  const [busy] = await db.query(`select vacuum_count from pg_stat_user_tables where relname = 'busy'`)
  expect(busy).toEqual({ vacuum_count: 1 })
  await db.close()
})

test('upkeep makes a checkpoint when enough was written, or when the last one is old, and none for nothing', async () => {
  const db = await open()
  const write = (bytes: number): Promise<unknown> =>
    db.query(`select pg_logical_emit_message(false, '', repeat('x', $1))`, [bytes])
  const checkpoints = async (upkeep: Partial<UpkeepOptions>): Promise<boolean> => {
    const before = await lastCheckpoint(db)
    await keepUp(db, { ...UPKEEP, ...upkeep })
    return (await lastCheckpoint(db)) !== before
  }
  // Reading writes too, once: it notes in the pages which rows are committed.
  await vi.waitFor(async () => expect(await checkpoints({ checkpointMs: 0 })).toBe(false))
  await write(10_000)
  expect(await checkpoints({})).toBe(false)
  expect(await checkpoints({ checkpointBytes: 50_000 })).toBe(false)
  expect(await checkpoints({ checkpointMs: 0 })).toBe(true)
  await write(100_000)
  expect(await checkpoints({ checkpointBytes: 50_000 })).toBe(true)
  await db.close()
})

test('upkeep comes by itself', async () => {
  const db = await open({ everyMs: 5, checkpointMs: 0 })
  const before = await lastCheckpoint(db)
  await db.execute('create table something (id int)')
  await vi.waitFor(async () => expect(await lastCheckpoint(db)).not.toBe(before))
  await db.close()
})

async function lastCheckpoint(db: Database): Promise<string | undefined> {
  const [row] = await db.query<{ lsn: string }>(
    'select checkpoint_lsn::text as lsn from pg_control_checkpoint()',
  )
  return row?.lsn
}

test('closing waits for what was asked before, refuses what comes after, and may be repeated', async () => {
  const db = await open()
  const asked = Promise.all([
    db.query('select 1 as one'),
    db.transaction(async (tx) => {
      await turn()
      return tx.query('select 2 as two')
    }),
  ])
  const closing = Promise.all([db.close(), db.close()])
  expect(await asked).toEqual([[{ one: 1 }], [{ two: 2 }]])
  await closing
  await expect(db.query('select 1')).rejects.toThrow('closed')
  expect(fs.existsSync(path.join(store.dataDir, 'postgres.lock'))).toBe(false)
})

function fail(error: unknown): never {
  throw error
}
