import { discardAbandonedBlobs } from '../core/doomed-blobs.ts'
import { collectExpired } from '../core/tickets.ts'
import type { Chat } from '../core/types.ts'
import { forgetDeadProcesses } from '../db/connections.ts'
import { pruneEvents } from '../db/events.ts'
import { deleteExpiredNotifications } from '../db/notifications.ts'
import { deleteExpiredSessions } from '../db/sessions.ts'

const SAVE_PRESENCE_MS = 30_000
const TIDY_MS = 10 * 60_000

export interface HousekeepingOptions {
  chat: Pick<Chat, 'db' | 'blobs' | 'presence'>
  recoveryHours: number
  onError: (error: unknown) => void
}

/**
 * Forgets what is past its window, deletes files that were left behind, and writes down who was seen. The disposer
 * waits for what is under way, and does the last once more.
 */
export function startHousekeeping({ chat, recoveryHours, onError }: HousekeepingOptions) {
  const prune = async () => {
    await pruneEvents(chat.db, recoveryHours)
    await deleteExpiredSessions(chat.db)
    await deleteExpiredNotifications(chat.db, recoveryHours)
    await forgetDeadProcesses(chat.db)
  }
  let discarding = Promise.resolve()
  const discard = () => {
    discarding = discarding
      .then(() => collectExpired(chat))
      .catch(onError)
      .then(() => discardAbandonedBlobs(chat))
      .catch(onError)
  }
  discard()
  const timers = [
    setInterval(() => void chat.presence.save().catch(onError), SAVE_PRESENCE_MS),
    setInterval(() => void prune().catch(onError), TIDY_MS),
    setInterval(discard, TIDY_MS),
  ]
  return async () => {
    timers.forEach(clearInterval)
    await discarding
    await chat.presence.save().catch(onError)
  }
}
