import pg from 'pg'
import type { Database } from './database.ts'
import { isConnectionLost } from './errors.ts'
import { addressOf, connectionConfig, cut, startHeartbeat, unreachable } from './postgres-connection.ts'
import { lead } from './postgres-leader.ts'
import { createListener } from './postgres-listener.ts'
import { createNaming, refuseInsideTransaction, runScript, runStatement, runTransaction } from './session.ts'

export interface PostgresOptions {
  databaseUrl: string
  /** Faults that no caller is waiting for: a lost idle connection, a lost leadership, a listener that reconnects. */
  onError: (error: unknown) => void
  connections?: number
  /** How often a connection for sends that rests asks whether the server is there. */
  heartbeatMs?: number
}

/** After this long a server that is told that a connection ends is not waited for. */
const END_MS = 2_000
const OLDEST_VERSION = 150_000

/** A real PostgreSQL; throws where it cannot be reached or is too old. */
export async function openPostgres(options: PostgresOptions): Promise<{ db: Database; version: string }> {
  const connections = createConnections(options)
  try {
    const version = await checkVersion(connections.pool, options.databaseUrl)
    return { db: databaseOn(connections, options), version }
  } catch (error) {
    await connections.end()
    throw error
  }
}

interface Connections {
  pool: pg.Pool
  sends: pg.Pool
  /** Resolves when every socket has closed, unlike `pool.end()`. */
  end: () => Promise<void>
}

function createConnections(options: PostgresOptions): Connections {
  const { databaseUrl, onError, connections = 10, heartbeatMs } = options
  const ends = new Map<pg.PoolClient, Promise<void>>()

  function createPool(size: pg.PoolConfig): pg.Pool {
    const pool = new pg.Pool({ ...connectionConfig(databaseUrl), ...size, pipeline: true })
    pool.on('error', onError)
    pool.on('connect', (client) => {
      // Whoever has the connection hears of its end from the statement; the event would end the process.
      client.on('error', () => undefined)
      const end = new Promise<void>((resolve) => client.once('end', resolve))
      ends.set(client, end)
      void end.then(() => ends.delete(client))
    })
    return pool
  }

  const pool = createPool({ max: connections })
  // On a new connection every statement is planned anew, which takes some 20 ms for a send.
  const sends = createPool({ max: 1, idleTimeoutMillis: 0 })
  beatAtRest(sends, heartbeatMs)
  return {
    pool,
    sends,
    async end() {
      // Whoever has a connection gives it back first.
      await Promise.all([pool.end(), sends.end()])
      const late = setTimeout(() => [...ends.keys()].forEach(cut), END_MS)
      await Promise.all(ends.values())
      clearTimeout(late)
    },
  }
}

/** A server that has fallen silent meanwhile would have whoever comes next wait for many minutes. */
function beatAtRest(pool: pg.Pool, heartbeatMs?: number): void {
  const beating = new Map<pg.PoolClient, () => void>()
  const stop = (client: pg.PoolClient): void => {
    beating.get(client)?.()
    beating.delete(client)
  }
  pool.on('release', (_error, client) => beating.set(client, startHeartbeat(client, heartbeatMs)))
  pool.on('acquire', stop)
  pool.on('remove', stop)
}

async function checkVersion(pool: pg.Pool, databaseUrl: string): Promise<string> {
  const [row] = await withClient({ pool, databaseUrl }, (client) =>
    runStatement<{ number: number; version: string }>(
      client,
      () => undefined,
      `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
    ),
  )
  if (!row || row.number < OLDEST_VERSION) {
    throw new Error(
      `PostgreSQL at ${addressOf(databaseUrl)} is version ${row?.version ?? '?'}; Parley needs 15 or newer.`,
    )
  }
  return row.version
}

function databaseOn({ pool, sends, end }: Connections, { databaseUrl, onError }: PostgresOptions): Database {
  const nameOf = createNaming()
  const listener = createListener(databaseUrl, onError)
  const useClient = <T>(work: (client: pg.PoolClient) => Promise<T>, from = pool): Promise<T> => {
    refuseInsideTransaction()
    return withClient({ pool: from, databaseUrl }, work)
  }
  const close = async (): Promise<void> => {
    await Promise.all([listener.close(), end()])
  }
  let closed: Promise<void> | undefined

  return {
    kind: 'postgres',
    query: async (text, params) => useClient((client) => runStatement(client, nameOf, text, params)),
    execute: async (script) => useClient((client) => runScript(client, script)),
    transaction: async (work, connection) =>
      useClient((client) => runTransaction(client, nameOf, work), connection === 'sends' ? sends : pool),
    async notify(channel, payload) {
      await useClient((client) =>
        runStatement(client, nameOf, 'select pg_notify($1, $2)', [channel, payload]),
      )
    },
    listen: listener.listen,
    lead: (name, work, stop) => lead({ databaseUrl, name, work, onError }, stop),
    close: () => (closed ??= close()),
  }
}

async function withClient<T>(
  { pool, databaseUrl }: { pool: pg.Pool; databaseUrl: string },
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw unreachable(databaseUrl, error)
  })
  try {
    return await work(client)
  } catch (error) {
    throw isConnectionLost(error) ? unreachable(databaseUrl, error) : error
  } finally {
    // Whoever is given the connection must not find itself in another's transaction.
    client.release(client.getTransactionStatus() !== 'I')
  }
}
