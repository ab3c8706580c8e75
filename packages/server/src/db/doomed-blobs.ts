import type { Queryable } from './database.ts'

/** Before a file is stored: whatever becomes of its upload, somebody will know of the file. */
export async function doomBlobs(db: Queryable, keys: string[]): Promise<void> {
  await db.query('insert into doomed_blobs (blob_key) select unnest($1::text[])', [keys])
}

/** Once the files are gone. */
export async function forgetDoomedBlobs(db: Queryable, keys: string[]): Promise<void> {
  await db.query('delete from doomed_blobs where blob_key = any($1)', [keys])
}

/** Those that no upload and no erasure can still be at work on: an upload is cut off long before. */
export async function listAbandonedBlobs(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.query<{ key: string }>(
    `select blob_key as key from doomed_blobs where created_at < now() - interval '1 hour'
     order by created_at limit $1`,
    [limit],
  )
  return rows.map(({ key }) => key)
}
