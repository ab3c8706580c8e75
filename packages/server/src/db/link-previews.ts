import type { Queryable } from './database.ts'
import type { LinkPreview, Message, MessageId } from './schema.ts'

/** Has a message's links looked at, anew if they were before. */
export async function insertPreviewJob(tx: Queryable, messageId: MessageId): Promise<void> {
  await tx.query(
    `insert into link_preview_jobs (message_id) values ($1)
     on conflict (message_id) do update set attempts = 0, due_at = now()`,
    [messageId],
  )
}

export interface PreviewJob {
  messageId: MessageId
  /** This one included. */
  attempts: number
}

/**
 * Jobs that are due. Nobody else gets them for a while, which doubles with each attempt: after that whoever took them
 * has failed, or is no more.
 */
export function takePreviewJobs(db: Queryable, limit: number, leaseSeconds: number): Promise<PreviewJob[]> {
  return db.query<PreviewJob>(
    `update link_preview_jobs
     set attempts = attempts + 1, due_at = now() + make_interval(secs => $2 * power(2, attempts))
     where message_id in (
       select message_id from link_preview_jobs where due_at <= now() order by due_at limit $1
       for update skip locked)
     returning message_id as "messageId", attempts`,
    [limit, leaseSeconds],
  )
}

export async function deletePreviewJob(tx: Queryable, messageId: MessageId): Promise<void> {
  await tx.query('delete from link_preview_jobs where message_id = $1', [messageId])
}

/** Returns the new change number. */
export async function setLinkPreviews(
  tx: Queryable,
  { conversationId, id }: Pick<Message, 'conversationId' | 'id'>,
  previews: LinkPreview[],
): Promise<number | null> {
  const [row] = await tx.query<{ changeSeq: number }>(
    `with previewed as (
       update messages set link_previews = $3::jsonb where id = $2
     )
     update conversations set change_seq = change_seq + 1 where id = $1 returning change_seq as "changeSeq"`,
    [conversationId, id, JSON.stringify(previews)],
  )
  return row?.changeSeq ?? null
}
