import { holdConsumer, moveConsumer } from '../db/consumers.ts'
import type { Database } from '../db/database.ts'
import { READ_AT_ONCE } from '../db/events.ts'
import { deliverNotifications, insertDeliveries } from '../db/webhooks.ts'

/** Queues what has happened since and whom nobody has told of a message yet, once for each address, whoever else does the same. */
export async function queueWebhooks(db: Database, urls: string[], signal?: AbortSignal): Promise<void> {
  while (!signal?.aborted && (await queueEvents(db, urls)));
  while (!signal?.aborted && (await deliverNotifications(db, urls, READ_AT_ONCE)) === READ_AT_ONCE);
}

/** Says whether there may be more. */
function queueEvents(db: Database, urls: string[]): Promise<boolean> {
  return db.transaction(async (tx) => {
    const after = await holdConsumer(tx, 'webhooks')
    if (after === null) return false
    const { events, last } = await insertDeliveries(tx, urls, { after, limit: READ_AT_ONCE })
    if (events > 0) await moveConsumer(tx, 'webhooks', last)
    return events === READ_AT_ONCE
  })
}
