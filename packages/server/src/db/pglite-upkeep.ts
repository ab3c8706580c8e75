import type { Queryable } from './database.ts'

/** An embedded PostgreSQL has neither checkpointer nor autovacuum: this is both, on PostgreSQL's own thresholds. */
export interface UpkeepOptions {
  everyMs: number
  /** A checkpoint comes when this much log has been written since the last one, */
  checkpointBytes: number
  /** or, where anything was written at all, when the last one is as old as this. */
  checkpointMs: number
}

export const UPKEEP: UpkeepOptions = {
  everyMs: 15_000,
  checkpointBytes: 64 * 1024 * 1024,
  checkpointMs: 5 * 60_000,
}

// What the record of a checkpoint and of its end take: a log grown by no more holds nothing new.
const NOTHING_WRITTEN = 1_024

/** Runs until the returned function is called, which waits for a round under way. */
export function startUpkeep(
  db: Pick<Queryable, 'query'>,
  options: UpkeepOptions,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let round = Promise.resolve()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    round = keepUp(db, options)
      .catch(onError)
      .finally(() => (busy = false))
  }, options.everyMs).unref()
  return () => {
    clearInterval(timer)
    return round
  }
}

/** One round. @internal */
export async function keepUp(db: Pick<Queryable, 'query'>, options: UpkeepOptions): Promise<void> {
  // One table after the other: what the server asks meanwhile comes in between.
  for (const table of await tablesToVacuum(db)) await db.query(`vacuum (analyze) ${table}`)
  if (await checkpointIsDue(db, options)) await db.query('checkpoint')
}

async function checkpointIsDue(db: Pick<Queryable, 'query'>, options: UpkeepOptions): Promise<boolean> {
  const [log] = await db.query<{ bytes: number; ms: number }>(`
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 as bytes,
           extract(epoch from clock_timestamp() - checkpoint_time)::float8 * 1000 as ms
    from pg_control_checkpoint()`)
  if (!log) return false
  return log.bytes > options.checkpointBytes || (log.bytes > NOTHING_WRITTEN && log.ms > options.checkpointMs)
}

// The three conditions of autovacuum with its default settings.
async function tablesToVacuum(db: Pick<Queryable, 'query'>): Promise<string[]> {
  const rows = await db.query<{ name: string }>(`
    select format('%I.%I', stat.schemaname, stat.relname) as name
    from pg_stat_user_tables stat join pg_class on pg_class.oid = stat.relid
    where stat.n_dead_tup > 50 + 0.2 * greatest(reltuples, 0)
       or stat.n_mod_since_analyze > 50 + 0.1 * greatest(reltuples, 0)
       or stat.n_ins_since_vacuum > 1000 + 0.2 * greatest(reltuples, 0)`)
  return rows.map((row) => row.name)
}
