/**
 * What Parley asks of a PostgreSQL: the embedded one (PGlite) and a real one (pg) keep this contract and pass
 * the same suite. Placeholders are `$1…`; `bigint` arrives as a number, `timestamptz` as a Date, `json` parsed.
 */
export interface Queryable {
  query<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>
}

export interface Database extends Queryable {
  readonly kind: 'embedded' | 'postgres'
  /** Read committed. Commits when `work` resolves, rolls back when it throws. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  /** Runs several statements without parameters, as migrations are written. */
  execute(script: string): Promise<void>
  /** Tells every process on this database; never inside a transaction (it would serialise commits). */
  notify(channel: string, payload: string): Promise<void>
  /** Calls back for each notification, and once with `''` after a reconnect, when some may have been missed. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>
  /** Runs `work` whenever this process holds the lock `name`; its signal aborts when the lock is lost or `stop` is. */
  lead(name: string, work: (signal: AbortSignal) => Promise<void>, stop: AbortSignal): Promise<void>
  close(): Promise<void>
}
