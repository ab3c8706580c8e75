import { holdConsumer, moveConsumer } from '../db/consumers.ts'
import {
  deleteNotifications,
  insertNotifications,
  leaseNotifications,
  messagesAfter,
} from '../db/notifications.ts'
import type { Notification } from '../db/notifications.ts'
import type { Chat } from './types.ts'

export type { Notification } from '../db/notifications.ts'

/** Whoever stops the server waits for what is being queued. */
const AT_ONCE = { events: 200, members: 10_000 }
const LEASE_SECONDS = 60

/**
 * Reads on in the event log and queues what was written to users who are not connected, once for each, whoever else
 * does the same. Says whether there may be more.
 */
export async function queueNotifications(
  chat: Pick<Chat, 'db' | 'presence'>,
  processId: string,
): Promise<boolean> {
  return chat.db.transaction(async (tx) => {
    const position = await holdConsumer(tx, 'offline-notifications')
    if (position === null) return false
    const { entries, isFull } = await messagesAfter(tx, position, AT_ONCE)
    const last = entries.at(-1)
    if (!last) return false
    const messageIds = entries.flatMap(({ messageId }) => messageId ?? [])
    if (messageIds.length > 0)
      await insertNotifications(tx, messageIds, { processId, userIds: chat.presence.here() })
    await moveConsumer(tx, 'offline-notifications', last.position)
    return isFull
  })
}

/** Those that have waited longest and are still wanted; they come again in a minute unless they are done by then. */
export async function takeNotifications({ db }: Pick<Chat, 'db'>, limit: number): Promise<Notification[]> {
  const taken: Notification[] = []
  while (taken.length < limit) {
    const { looked, notifications } = await leaseNotifications(db, limit - taken.length, LEASE_SECONDS)
    if (looked === 0) break
    taken.push(...notifications)
  }
  return taken
}

/** Those that are not there are done already. */
export function finishNotifications({ db }: Pick<Chat, 'db'>, ids: number[]): Promise<void> {
  return deleteNotifications(db, ids)
}
