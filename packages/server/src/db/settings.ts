import type { Queryable } from './database.ts'

/** Signs the cursors of every process on this database. */
export async function readCursorSecret(db: Queryable): Promise<Buffer> {
  const [row] = await db.query<{ value: string }>(`select value from settings where name = 'cursor_secret'`)
  if (!row) throw new Error('The table settings has lost its cursor secret.')
  return Buffer.from(row.value, 'hex')
}
