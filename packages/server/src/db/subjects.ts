import type { Queryable } from './database.ts'
import type { Subject } from './schema.ts'

export async function findSubject(db: Queryable, type: string, id: string): Promise<Subject | null> {
  const [subject] = await db.query<Subject>(
    `select type, id, title, url, owner_id as "ownerId", details from subjects where type = $1 and id = $2`,
    [type, id],
  )
  return subject ?? null
}

export async function upsertSubject(db: Queryable, subject: Subject): Promise<{ created: boolean }> {
  const [row] = await db.query<{ created: boolean }>(
    `insert into subjects (type, id, title, url, owner_id, details) values ($1, $2, $3, $4, $5, $6::jsonb)
     on conflict (type, id) do update set title = excluded.title, url = excluded.url,
       owner_id = excluded.owner_id, details = excluded.details
     returning xmax = 0 as created`,
    [subject.type, subject.id, subject.title, subject.url, subject.ownerId, JSON.stringify(subject.details)],
  )
  return { created: row?.created ?? false }
}
