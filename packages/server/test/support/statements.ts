import type { Database, Queryable, Transaction } from '../../src/db/database.ts'

/** The same database, which counts what it is asked. */
export function countStatements(counted: Database): { db: Database; statements: () => number } {
  let count = 0
  const counting = <T extends Queryable>(db: T): T => ({
    ...db,
    query<Row>(text: string, params?: readonly unknown[]) {
      count += 1
      return db.query<Row>(text, params)
    },
  })
  const db = {
    ...counting(counted),
    transaction: <T>(work: (tx: Transaction) => Promise<T>, connection?: 'sends') =>
      counted.transaction((tx) => work(counting(tx)), connection),
  }
  return { db, statements: () => count }
}
