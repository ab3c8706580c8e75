import { once } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { eachStore, freshPostgresUrl } from '../support/databases.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/** Work that writes down when it begins and ends. */
function reign(log: string[], who: string): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    log.push(`${who} leads`)
    if (!signal.aborted) await once(signal, 'abort')
    log.push(`${who} ends`)
  }
}

eachStore('a leader', (db) => {
  test('works until it is stopped, and is waited for', async () => {
    const log: string[] = []
    const stop = new AbortController()
    const leading = db().lead('work', reign(log, 'it'), stop.signal)
    await vi.waitFor(() => expect(log).toEqual(['it leads']))
    stop.abort()
    await leading
    expect(log).toEqual(['it leads', 'it ends'])
  })

  test('does nothing when it is stopped before', async () => {
    const log: string[] = []
    await db().lead('work', reign(log, 'it'), AbortSignal.abort())
    expect(log).toEqual([])
  })
})

let url = ''
let proxy: Proxy
let drop = (): Promise<void> => Promise.resolve()
let near: Database
let far: Database
let faults: unknown[] = []
let stops: AbortController[] = []
let leaderships: Promise<void>[] = []
let log: string[] = []

beforeEach(async () => {
  ;({ url, drop } = await freshPostgresUrl())
  proxy = await startProxy(url)
  ;[near, far] = await Promise.all([open(url), open(proxy.url)])
  ;[faults, stops, leaderships, log] = [[], [], [], []]
})

afterEach(async () => {
  for (const stop of stops) stop.abort()
  await Promise.all(leaderships)
  await Promise.all([near.close(), far.close()])
  await proxy.close()
  await drop()
})

async function open(databaseUrl: string): Promise<Database> {
  return (await openPostgres({ databaseUrl, onError: (fault) => faults.push(fault) })).db
}

function stand(db: Database, work: (signal: AbortSignal) => Promise<void>, name = 'work'): AbortController {
  const stop = new AbortController()
  stops.push(stop)
  leaderships.push(db.lead(name, work, stop.signal))
  return stop
}

test('there is one leader per name, and the next one follows at once when it stops', async () => {
  const first = stand(far, reign(log, 'first'))
  await vi.waitFor(() => expect(log).toEqual(['first leads']))
  stand(near, reign(log, 'second'))
  stand(near, reign(log, 'other'), 'other work')
  await vi.waitFor(() => expect(log).toEqual(['first leads', 'other leads']))
  await waitsForLock()
  first.abort()
  await vi.waitFor(() => expect(log).toEqual(['first leads', 'other leads', 'first ends', 'second leads']))
})

test('a leader that loses its connection ends its work; another follows; it stands again', async () => {
  stand(far, reign(log, 'first'))
  await vi.waitFor(() => expect(log).toEqual(['first leads']))
  const second = stand(near, reign(log, 'second'))
  await waitsForLock()
  proxy.cut()
  await vi.waitFor(() => expect(log).toHaveLength(3))
  expect([...log].sort()).toEqual(['first ends', 'first leads', 'second leads'])
  expect(faults.map(String)).toContainEqual(expect.stringContaining('Connection terminated'))
  proxy.restore()
  await waitsForLock()
  second.abort()
  await vi.waitFor(() => expect(log.slice(3)).toEqual(['second ends', 'first leads']))
})

test('work that throws is reported, its lock is free, and it stands again', async () => {
  const tried = vi.fn(() => Promise.reject(new Error('broken work')))
  stand(near, tried)
  await vi.waitFor(() => expect(tried.mock.calls.length).toBeGreaterThan(1))
  expect(faults.map(String)).toContain('Error: broken work')
})

test('who waits for the lock can be stopped', async () => {
  stand(far, reign(log, 'first'))
  await vi.waitFor(() => expect(log).toEqual(['first leads']))
  const second = stand(near, reign(log, 'second'))
  await waitsForLock()
  second.abort()
  await leaderships[1]
  expect(log).toEqual(['first leads'])
})

async function waitsForLock(): Promise<void> {
  const waiting = `select 1 from pg_locks join pg_database on oid = database
    where datname = current_database() and locktype = 'advisory' and not granted`
  await vi.waitFor(async () => expect(await near.query(waiting)).toHaveLength(1))
}
