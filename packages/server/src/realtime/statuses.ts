import type { EphemeralEvent } from '../core/events.ts'
import type { Status } from '../core/statuses.ts'
import type { UserId, UserStatus } from '../core/types.ts'

/** Time passes unannounced, and other processes change statuses too. */
const LOOK_MS = 15_000

export interface StatusWatch {
  /** Somebody in this process wants to know of a user, or nobody does any more. */
  watch(userId: UserId, watched: boolean): void
  /** Something happened that may have changed a user's status. */
  changed(userId: UserId): void
  stop(): void
}

export interface StatusWatchOptions {
  read: (userIds: UserId[]) => Promise<Status[]>
  tell: (event: EphemeralEvent) => void
  onError: (error: unknown) => void
}

/** Tells of the statuses that are watched: at first, and when they change. */
export function watchStatuses({ read, tell, onError }: StatusWatchOptions): StatusWatch {
  const told = new Map<UserId, UserStatus | null>()
  const due = new Set<UserId>()
  let looking: Promise<void> | null = null

  async function look(): Promise<void> {
    while (due.size > 0) {
      const userIds = [...due]
      due.clear()
      for (const { userId, status } of await read(userIds)) {
        if (!told.has(userId) || told.get(userId) === status) continue
        told.set(userId, status)
        tell({ type: 'status', userId, status })
      }
    }
  }

  function lookAt(userIds: Iterable<UserId>): void {
    for (const userId of userIds) if (told.has(userId)) due.add(userId)
    // One look at a time, so that none tells what an earlier one saw.
    looking ??= Promise.resolve()
      .then(look)
      .catch(onError)
      .finally(() => (looking = null))
  }

  const timer = setInterval(() => lookAt(told.keys()), LOOK_MS)
  return {
    watch(userId, watched) {
      if (!watched) told.delete(userId)
      else told.set(userId, null)
      lookAt([userId])
    },
    changed: (userId) => lookAt([userId]),
    stop: () => clearInterval(timer),
  }
}
