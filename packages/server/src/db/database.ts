/**
 * What Parley asks of a PostgreSQL: the embedded one (PGlite) and a real one (pg) keep this contract and pass
 * the same suite. Placeholders are `$1…`; `bigint` arrives as a number, `timestamptz` as a Date, `json` parsed,
 * `bytea` as a Buffer, `numeric` and `date` as text. Errors carry `code` (SQLSTATE), `constraint` and `detail`.
 */
export interface Queryable {
  /**
   * One statement. Its text is fixed in our code: it is prepared and named once per connection. In a transaction, those
   * of one turn of the event loop are all prepared before the first of them runs: none can use what another one creates.
   */
  query<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>
  /** Runs several statements without parameters, as migrations are written; all of them or none. */
  execute(script: string): Promise<void>
}

export interface Transaction extends Queryable {
  /**
   * Commits behind what was asked, without waiting for the answers; they are what `last` resolves with, once all of it
   * is committed. Nothing can be asked after it.
   */
  commitBehind<T>(last: Promise<T>): Promise<T>
}

export interface Database extends Queryable {
  readonly kind: 'embedded' | 'postgres'
  /**
   * Read committed. Commits when `work` resolves, rolls back when it throws. Inside `work` only `tx` may be
   * used: the database itself refuses, since waiting there for a second connection can never end.
   *
   * `sends` come one after the other. A real PostgreSQL has a connection for them that nobody else uses: what they ask
   * stays planned there, and a search that takes long holds none of them up.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, connection?: 'sends'): Promise<T>
  /** Tells every process on this database; never inside a transaction (it would serialise commits). */
  notify(channel: string, payload: string): Promise<void>
  /** Calls back for each notification, and once with `''` after a reconnect, when some may have been missed. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>
  /** Runs `work` whenever this process holds the lock `name`; its signal aborts when the lock is lost or `stop` is. */
  lead(name: string, work: (signal: AbortSignal) => Promise<void>, stop: AbortSignal): Promise<void>
  close(): Promise<void>
}
