import type { Queryable } from './database.ts'

/** Whoever follows the event log at a pace of their own; their position outlives every process. */
export type Consumer = 'offline-notifications' | 'webhooks'

/**
 * Switches a consumer on or off. One that is switched on begins where the log stands now, and from then on the log is
 * pruned no further than it has come; one that is off keeps nothing.
 */
export async function switchConsumer(db: Queryable, name: Consumer, enabled: boolean): Promise<void> {
  await db.query(
    `insert into log_consumers as c (name, position, enabled) select $1, head, $2 from event_log
     on conflict (name) do update set position = excluded.position, enabled = excluded.enabled
     where c.enabled <> excluded.enabled`,
    [name, enabled],
  )
}

/** Where it stands, held until the transaction ends; null where somebody else holds it, or it is off. */
export async function holdConsumer(tx: Queryable, name: Consumer): Promise<number | null> {
  const [row] = await tx.query<{ position: number }>(
    'select position from log_consumers where name = $1 and enabled for update skip locked',
    [name],
  )
  return row?.position ?? null
}

export async function moveConsumer(tx: Queryable, name: Consumer, position: number): Promise<void> {
  await tx.query('update log_consumers set position = $2 where name = $1', [name, position])
}
