import fs from 'node:fs'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import pg from 'pg'
import { keepTrying } from './back-off.ts'
import { createChannels } from './channels.ts'
import { takeDataLock } from './data-lock.ts'
import type { DataLock } from './data-lock.ts'
import type { Database } from './database.ts'
import { createLane } from './lane.ts'
import { UPKEEP, startUpkeep } from './pglite-upkeep.ts'
import type { UpkeepOptions } from './pglite-upkeep.ts'
import { streamTo } from './pglite-stream.ts'
import type { Notice } from './pglite-stream.ts'
import {
  createNaming,
  PLANNING,
  refuseInsideTransaction,
  runScript,
  runStatement,
  runTransaction,
} from './session.ts'
import { types } from './types.ts'

// With Node's default the thread dies before PostgreSQL notices, by max_stack_depth, that a statement nests too deep.
const STACK_MB = 32

export interface PgliteOptions {
  /** Holds the folder `postgres` and, beside it, its lock. */
  dataDir: string
  /** Faults of what runs by itself (upkeep, the worker's death); a caller's own faults go to the caller. */
  onError: (error: unknown) => void
  upkeep?: Partial<UpkeepOptions>
}

/** The embedded PostgreSQL. `created` says that there was none in `dataDir` before. */
export async function openPglite(options: PgliteOptions): Promise<{ db: Database; created: boolean }> {
  fs.mkdirSync(options.dataDir, { recursive: true })
  const folder = path.join(options.dataDir, 'postgres')
  const lock = takeDataLock(folder)
  try {
    const { worker, created } = await startWorker(folder)
    const connection = await connect(worker, options.onError).catch(async (error: unknown) => {
      await worker.terminate()
      throw error
    })
    return { db: databaseOn(connection, lock, options), created }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function startWorker(folder: string): Promise<{ worker: Worker; created: boolean }> {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), {
    workerData: { folder },
    resourceLimits: { stackSizeMb: STACK_MB },
  })
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

interface Connection {
  client: pg.Client
  /** Throws once the worker has died: there is no coming back without opening the folder again. */
  check: () => void
}

async function connect(worker: Worker, onError: (error: unknown) => void): Promise<Connection> {
  const client = new pg.Client({
    stream: () => streamTo(worker),
    user: 'postgres',
    database: 'postgres',
    password: '',
    application_name: 'parley',
    pipeline: true,
    types,
  })
  let death: Error | undefined
  client.on('error', (error) => {
    if (death) return // `pg` also reports that the connection has ended
    death = error
    onError(error)
  })
  await client.connect()
  await runScript(client, PLANNING.map((setting) => `set ${setting};`).join(' '))
  const check = (): void => {
    if (death) throw death
  }
  return { client, check }
}

function databaseOn({ client, check }: Connection, lock: DataLock, options: PgliteOptions): Database {
  const lane = createLane()
  const nameOf = createNaming()
  const channels = createChannels()
  const query = <Row>(text: string, params?: readonly unknown[]): Promise<Row[]> =>
    lane.shared(() => runStatement<Row>(client, nameOf, text, params))
  const stopUpkeep = startUpkeep({ query }, { ...UPKEEP, ...options.upkeep }, options.onError)
  const refuse = (): void => {
    refuseInsideTransaction()
    check()
  }
  const close = async (): Promise<void> => {
    await stopUpkeep()
    await lane.exclusive(() => client.end())
    lock.release()
  }
  let closed: Promise<void> | undefined

  return {
    kind: 'embedded',
    async query<Row>(text: string, params?: readonly unknown[]) {
      refuse()
      return query<Row>(text, params)
    },
    async execute(script) {
      refuse()
      await lane.shared(() => runScript(client, script))
    },
    async transaction(work) {
      refuse()
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
