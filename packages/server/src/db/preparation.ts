import pg from 'pg'
import type { ClientBase, Connection } from 'pg'
import { parserOf } from './types.ts'

/** The client of `pg` pipelines no other class than its own, whose declared type leaves out what it calls. */
export const PgQuery = pg.Query as unknown as new (config: { name?: string; text: string }) => {
  /** Ends the client's own timer, where the URL of the database asks for one. */
  callback?: () => void
}

interface Column {
  name: string
  parse: (text: string) => unknown
}

/** Has a connection keep a statement under its name, and hears what its rows are like. */
export class Preparation extends PgQuery {
  columns: Column[] = []
  fault: unknown = null
  readonly name: string
  readonly text: string

  constructor(name: string, text: string) {
    super({ name, text })
    this.name = name
    this.text = text
  }

  submit(connection: Connection): void {
    // There may be an outdated one of this name.
    connection.close({ type: 'S', name: this.name }, true)
    connection.parse({ name: this.name, text: this.text, types: [] }, true)
    connection.describe({ type: 'S', name: this.name }, true)
    connection.sync()
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.columns = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }))
  }

  handleError(error: unknown): void {
    this.fault = error
    this.callback?.()
  }

  handleReadyForQuery(): void {
    this.callback?.()
  }
}

const preparations = new WeakMap<ClientBase, Map<string, Preparation>>()

/** The statement as this connection keeps it; it is sent there where it was not before, or could not be kept. */
export function prepare(client: ClientBase, name: string, text: string): Preparation {
  const known = preparations.get(client) ?? new Map<string, Preparation>()
  preparations.set(client, known)
  const earlier = known.get(name)
  if (earlier && earlier.fault === null) return earlier
  const preparation = new Preparation(name, text)
  known.set(name, preparation)
  corkForTurn(client)
  client.query(preparation)
  return preparation
}

// SQLSTATE: the connection keeps no statement of this name any more; its rows would not be as they were.
const OUTDATED = new Set<unknown>(['26000', '0A000'])

/** Prepares everything anew where a fault says that the connection does not keep what it kept. */
export function forgetOutdated(client: ClientBase, fault: unknown): void {
  if (fault instanceof pg.DatabaseError && OUTDATED.has(fault.code)) preparations.delete(client)
}

/** What is sent within a turn of the event loop leaves together: each write is a call of the system. */
export function corkForTurn(client: ClientBase): void {
  const { stream } = (client as ClientBase & { connection: Connection }).connection
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}
