import pg from 'pg'
import { DatabaseUnavailable } from './errors.ts'
import { PLANNING } from './session.ts'
import { types } from './types.ts'

const CONNECT_MS = 10_000
const HEARTBEAT_MS = 5_000
// A server that hears nothing drops the connection, with its locks, after 25 s: later than its owner notices.
const SETTINGS = [
  'timezone=UTC',
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
  ...PLANNING,
]

export function connectionConfig(databaseUrl: string): pg.ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: 'parley',
    options: SETTINGS.map((setting) => `-c ${setting}`).join(' '),
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: CONNECT_MS,
    types,
  }
}

/** Where the database is, without the password. */
export function addressOf(databaseUrl: string): string {
  const { host, port, database } = new pg.Client({ connectionString: databaseUrl })
  return `${host}:${port}/${database ?? ''}`
}

export function unreachable(databaseUrl: string, cause: unknown): DatabaseUnavailable {
  return new DatabaseUnavailable(
    `PostgreSQL at ${addressOf(databaseUrl)} cannot be reached: ${reasonOf(cause)}`,
    { cause },
  )
}

function reasonOf(error: unknown): string {
  // For a host with several addresses Node reports each of them and leaves the message empty.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}

export interface OwnConnection {
  databaseUrl: string
  /** Statements may be sent at once. Without it, ending the connection does not wait for the one under way. */
  pipeline: boolean
}

/**
 * Runs `work` on a connection of its own. The signal aborts when the connection is lost or `stop` is, and the
 * connection ends when `work` has. Throws when it was lost.
 */
export async function withConnection(
  { databaseUrl, pipeline }: OwnConnection,
  work: (client: pg.Client, signal: AbortSignal) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const lost = new AbortController()
  const client = new pg.Client({ ...connectionConfig(databaseUrl), pipeline })
  client.on('error', (error) => lost.abort(error))
  client.on('end', () => lost.abort(new Error('The connection to PostgreSQL was lost.')))
  await client.connect().catch((error: unknown) => {
    throw unreachable(databaseUrl, error)
  })
  try {
    if (!stop.aborted) await work(client, AbortSignal.any([lost.signal, stop]))
    if (lost.signal.aborted) throw lost.signal.reason
  } finally {
    await client.end()
  }
}

/** Cuts a connection whose server does not answer any more. Not to be used beside a statement that takes long. */
export function startHeartbeat(client: pg.ClientBase, ms = HEARTBEAT_MS): () => void {
  const beat = { text: 'select 1', query_timeout: ms }
  const timer = setInterval(() => {
    client.query(beat).catch(() => cut(client))
  }, ms)
  return () => clearInterval(timer)
}

/** Without telling the server, which may not listen. The declared type of clients leaves their sockets out. */
export function cut(client: pg.ClientBase): void {
  const { connection } = client as unknown as { connection: pg.Connection }
  connection.stream.destroy()
}
