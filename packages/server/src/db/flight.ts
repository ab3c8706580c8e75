import pg from 'pg'
import type { ClientBase, Connection } from 'pg'
import { corkForTurn, forgetOutdated, PgQuery, prepare } from './preparation.ts'
import type { Preparation } from './preparation.ts'

/** What a statement answered. */
export interface Answer<Row> {
  rows: Row[]
  /** What was done, as PostgreSQL says it: `COMMIT`, `SELECT 3`. */
  command: string
}

type Encoded = string | Buffer | null

/** How `pg` writes a value of JavaScript for PostgreSQL; its declared types leave it out. */
const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => Encoded } }).utils

/** A statement under way. */
interface Statement {
  preparation: Preparation
  values: Encoded[]
  rows: unknown[]
  command: string
  fault: unknown
  /** Whether it failed itself, and not one before it. */
  isAtFault: boolean
  resolve: (answer: Answer<unknown>) => void
  reject: (error: unknown) => void
}

const UNANSWERED = { command: '', fault: null as unknown, isAtFault: false }

/** Prepared statements that travel together: one write there, and one back. Where one fails, those behind it are not run. */
export class Flight extends PgQuery {
  readonly #client: ClientBase
  readonly #statements: Statement[] = []
  #answered = 0
  #unsendable: unknown = null

  constructor(client: ClientBase) {
    super({ text: '' })
    this.#client = client
  }

  /** A value that cannot be sent keeps all of them from leaving. */
  async add<Row>(name: string, text: string, values: readonly unknown[]): Promise<Answer<Row>> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer<unknown>>()
    const preparation = prepare(this.#client, name, text)
    const statement = { preparation, values: this.#encode(values), ...UNANSWERED, rows: [], resolve, reject }
    this.#statements.push(statement)
    try {
      return (await promise) as Answer<Row> // the caller names the row beside the statement
    } catch (error) {
      // It came with the network, whose stack says nothing of who asked.
      if (statement.isAtFault && error instanceof Error) Error.captureStackTrace(error)
      throw error
    }
  }

  #encode(values: readonly unknown[]): Encoded[] {
    try {
      return values.map(prepareValue)
    } catch (error) {
      this.#unsendable = error
      return []
    }
  }

  /** Sends what was added. */
  leave(): void {
    if (this.#unsendable === null) {
      corkForTurn(this.#client)
      this.#client.query(this)
    } else this.cancel(this.#unsendable)
  }

  /** Rejects all of it instead. */
  cancel(reason: unknown): void {
    for (const { reject } of this.#statements) reject(reason)
  }

  submit(connection: Connection): void {
    for (const { preparation, values } of this.#statements) {
      connection.bind({ statement: preparation.name, values }, true)
      connection.execute(null, true)
    }
    connection.sync()
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const statement = this.#statements[this.#answered]
    if (!statement || statement.fault !== null) return
    try {
      statement.rows.push(rowOf(statement.preparation.columns, fields))
    } catch (error) {
      statement.fault = error
      statement.isAtFault = true
    }
  }

  handleCommandComplete({ text }: { text: string }): void {
    const statement = this.#statements[this.#answered]
    if (statement) statement.command = text
    this.#answered += 1
  }

  handleEmptyQuery(): void {
    this.#answered += 1
  }

  handleError(error: unknown): void {
    const unprepared = this.#statements.findIndex(({ preparation }) => preparation.fault !== null)
    // What fails behind the last answer is the commit of a statement that stands alone.
    const first = Math.min(this.#answered, this.#statements.length - 1)
    const guilty = unprepared < 0 ? first : unprepared
    const fault = this.#statements[unprepared]?.preparation.fault ?? error
    for (const [n, statement] of this.#statements.entries()) {
      if (n < first) continue
      statement.fault = fault
      statement.isAtFault = n === guilty
    }
    forgetOutdated(this.#client, fault)
    this.handleReadyForQuery()
  }

  handleReadyForQuery(): void {
    this.callback?.()
    for (const { resolve, reject, fault, rows, command } of this.#statements)
      if (fault === null) resolve({ rows, command })
      else reject(fault)
  }
}

function rowOf(columns: Preparation['columns'], fields: (string | null)[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  let n = 0
  for (const { name, parse } of columns) {
    const field = fields[n++] ?? null
    row[name] = field === null ? null : parse(field)
  }
  return row
}
