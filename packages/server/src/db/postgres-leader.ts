import pg from 'pg'
import { keepTrying } from './back-off.ts'
import { startHeartbeat, withConnection } from './postgres-connection.ts'

const LOCK_NOT_AVAILABLE = '55P03'
// Long enough to cost nothing, short enough that a candidate notices a server which has gone.
const WAIT_S = 30

export interface Candidate {
  databaseUrl: string
  name: string
  work: (signal: AbortSignal) => Promise<void>
  onError: (error: unknown) => void
}

/** Stands for election until `stop`, on a connection of its own: the server drops the lock when that is gone. */
export async function lead(
  { databaseUrl, name, work, onError }: Candidate,
  stop: AbortSignal,
): Promise<void> {
  const serve = async (client: pg.Client, signal: AbortSignal): Promise<void> => {
    await takeLock(client, name, signal)
    const stopHeartbeat = startHeartbeat(client)
    await work(signal).finally(stopHeartbeat)
  }
  await keepTrying(() => withConnection({ databaseUrl, pipeline: false }, serve, stop), stop, onError)
}

async function takeLock(client: pg.Client, name: string, signal: AbortSignal): Promise<void> {
  const giveUp = (): void => void client.end()
  signal.addEventListener('abort', giveUp)
  try {
    await client.query(`set lock_timeout = '${WAIT_S}s'`)
    while (!(await heldAfterWaiting(client, name)));
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

async function heldAfterWaiting(client: pg.Client, name: string): Promise<boolean> {
  const statement = {
    text: 'select pg_advisory_lock(hashtextextended($1, 0))',
    values: [name],
    query_timeout: 2 * WAIT_S * 1_000,
  }
  try {
    await client.query(statement)
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE) return false
    throw error
  }
}
