import type { Queryable } from './database.ts'

/** Signs the cursors of every process on this database. */
export async function readCursorSecret(db: Queryable): Promise<Buffer> {
  const [row] = await db.query<{ value: string }>(`select value from settings where name = 'cursor_secret'`)
  if (!row) throw new Error('The table settings has lost its cursor secret.')
  return Buffer.from(row.value, 'hex')
}

/** Signs what realtime clients connect with. */
export const readRealtimeSecret = (db: Queryable): Promise<Buffer> => readSecret(db, 'realtime_secret')

/** Signs the addresses that files are uploaded to. */
export const readUploadSecret = (db: Queryable): Promise<Buffer> => readSecret(db, 'upload_secret')

/** Made when it is first asked for. */
async function readSecret(db: Queryable, name: string): Promise<Buffer> {
  await db.query(
    `insert into settings (name, value)
     values ($1, replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''))
     on conflict do nothing`,
    [name],
  )
  const [row] = await db.query<{ value: string }>('select value from settings where name = $1', [name])
  if (!row) throw new Error(`The table settings has lost its ${name}.`)
  return Buffer.from(row.value, 'hex')
}

/** Marks a database that has no users yet as the demo's own; says whether it is. */
export async function claimForDemo(db: Queryable): Promise<boolean> {
  await db.query(
    `insert into settings (name, value) select 'demo', 'true' where not exists (select from users)
     on conflict do nothing`,
  )
  const marks = await db.query(`select from settings where name = 'demo'`)
  return marks.length > 0
}
