import type { Database } from '../db/database.ts'
import { pruneEvents } from '../db/events.ts'
import { deleteExpiredSessions } from '../db/sessions.ts'
import type { Presence } from '../core/last-seen.ts'

const SAVE_PRESENCE_MS = 30_000
const PRUNE_MS = 10 * 60_000

export interface HousekeepingOptions {
  db: Database
  presence: Presence
  recoveryHours: number
  onError: (error: unknown) => void
}

/** Forgets what is past its window, and writes down who was seen. The disposer does the latter once more. */
export function startHousekeeping({ db, presence, recoveryHours, onError }: HousekeepingOptions) {
  const prune = async () => {
    await pruneEvents(db, recoveryHours)
    await deleteExpiredSessions(db)
  }
  const timers = [
    setInterval(() => void presence.save().catch(onError), SAVE_PRESENCE_MS),
    setInterval(() => void prune().catch(onError), PRUNE_MS),
  ]
  return async () => {
    timers.forEach(clearInterval)
    await presence.save().catch(onError)
  }
}
