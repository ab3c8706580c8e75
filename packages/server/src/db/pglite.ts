import fs from 'node:fs'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import pg from 'pg'
import { keepTrying } from './back-off.ts'
import { createChannels } from './channels.ts'
import { takeDataLock } from './data-lock.ts'
import type { Database } from './database.ts'
import { createLane } from './lane.ts'
import { UPKEEP, startUpkeep } from './pglite-upkeep.ts'
import type { UpkeepOptions } from './pglite-upkeep.ts'
import { streamTo } from './pglite-stream.ts'
import type { Notice } from './pglite-stream.ts'
import { createNaming, refuseInsideTransaction, runScript, runStatement, runTransaction } from './session.ts'
import { types } from './types.ts'

export interface PgliteOptions {
  /** Holds the folder `postgres` and, beside it, its lock. */
  dataDir: string
  /** Faults of what runs by itself (upkeep, the worker's death); a caller's own faults go to the caller. */
  onError: (error: unknown) => void
  upkeep?: Partial<UpkeepOptions>
}

/** The embedded PostgreSQL. `created` says that the folder was empty before. */
export async function openPglite(options: PgliteOptions): Promise<{ db: Database; created: boolean }> {
  const { dataDir, onError } = options
  fs.mkdirSync(dataDir, { recursive: true })
  const folder = path.join(dataDir, 'postgres')
  const lock = takeDataLock(folder)
  try {
    const { worker, created } = await startWorker(folder)
    const client = await connect(worker, onError)
    const db = databaseOn(client, { ...options, release: lock.release })
    return { db, created }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function startWorker(folder: string): Promise<{ worker: Worker; created: boolean }> {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: { folder } })
  const { promise, resolve, reject } = Promise.withResolvers<Notice>()
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.once('exit', () => reject(new Error('it gave no reason')))
  try {
    const { created = false, died } = await promise
    if (died) throw new Error(died)
    return { worker, created }
  } catch (error) {
    throw new Error(`The embedded PostgreSQL in ${folder} did not start: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function connect(worker: Worker, onError: (error: unknown) => void): Promise<pg.Client> {
  const client = new pg.Client({
    stream: () => streamTo(worker),
    user: 'postgres',
    database: 'postgres',
    password: '',
    application_name: 'parley',
    pipeline: true,
    types,
  })
  client.on('error', onError)
  await client.connect()
  return client
}

function databaseOn(client: pg.Client, options: PgliteOptions & { release: () => void }): Database {
  const lane = createLane()
  const nameOf = createNaming()
  const channels = createChannels()
  const query = <Row>(text: string, params?: readonly unknown[]): Promise<Row[]> =>
    lane.shared(() => runStatement<Row>(client, nameOf, text, params))
  const stopUpkeep = startUpkeep({ query }, { ...UPKEEP, ...options.upkeep }, options.onError)
  const close = async (): Promise<void> => {
    await stopUpkeep()
    await lane.exclusive(() => client.end())
    options.release()
  }
  let closed: Promise<void> | undefined

  return {
    kind: 'embedded',
    async query<Row>(text: string, params?: readonly unknown[]) {
      refuseInsideTransaction()
      return query<Row>(text, params)
    },
    async execute(script) {
      refuseInsideTransaction()
      await lane.shared(() => runScript(client, script))
    },
    async transaction(work) {
      refuseInsideTransaction()
      return lane.exclusive(() => runTransaction(client, nameOf, work))
    },
    async notify(channel, payload) {
      refuseInsideTransaction()
      setImmediate(() => channels.call(channel, payload))
    },
    async listen(channel, onNotify) {
      channels.add(channel, onNotify)
      return async () => void channels.remove(channel, onNotify)
    },
    // Nobody else can have this folder open, so this process leads.
    lead: (_name, work, stop) => keepTrying(() => work(stop), stop, options.onError),
    close: () => (closed ??= close()),
  }
}
