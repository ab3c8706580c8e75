import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Presence } from '../core/last-seen.ts'
import { queueNotifications } from '../core/notifications.ts'
import type { UserId } from '../core/types.ts'
import { keepTrying } from '../db/back-off.ts'
import { forgetProcess, recordConnections } from '../db/connections.ts'
import type { Database } from '../db/database.ts'

/** What is written within it is queued together; who is about to read it needs no notification. */
const GATHER_MS = 250
const LOOK_MS = 15_000
const SHARE_MS = 1_000
/** The others wait three times as long before they think that this process is no more. */
const ALIVE_MS = 10_000

export interface OfflineNotificationsOptions {
  db: Database
  presence: Presence
  /** There may be some for who takes them. */
  onQueued?: (() => void) | undefined
  onError: (error: unknown) => void
}

export interface OfflineNotifier {
  /** A message was written. */
  wake(): void
  stop(): Promise<void>
}

/**
 * Queues what is written to users who are not connected to any process. It does not look at once: who was connected to
 * a process that was restarted is about to come back.
 */
export function startOfflineNotifications({
  onQueued,
  onError,
  ...chat
}: OfflineNotificationsOptions): OfflineNotifier {
  const stopping = new AbortController()
  const { signal } = stopping
  const processId = randomUUID()
  let asked = Promise.withResolvers<true>()
  const wake = () => asked.resolve(true)

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      await asked.promise
      await wait(GATHER_MS, undefined, { signal })
      asked = Promise.withResolvers<true>()
      await catchUp()
    }
  }

  async function catchUp(): Promise<void> {
    try {
      while (!signal.aborted && (await queueNotifications(chat, processId)));
      onQueued?.()
    } catch (error) {
      wake()
      throw error
    }
  }

  const timer = setInterval(wake, LOOK_MS)
  const following = keepTrying(follow, signal, onError)
  const sharing = keepTrying(() => shareConnections(chat, processId, signal), signal, onError)
  return {
    wake,
    async stop() {
      clearInterval(timer)
      stopping.abort()
      wake()
      await Promise.all([following, sharing])
      await forgetProcess(chat.db, processId).catch(onError)
    },
  }
}

/** Tells other processes who is connected to this one, soon after that has changed. */
async function shareConnections(
  { db, presence }: Pick<OfflineNotificationsOptions, 'db' | 'presence'>,
  processId: string,
  signal: AbortSignal,
): Promise<void> {
  let told = new Set<UserId>()
  let toldAt = -Infinity
  while (!signal.aborted) {
    const here = presence.here()
    const isTold = here.length === told.size && here.every((userId) => told.has(userId))
    if (!isTold || performance.now() - toldAt > ALIVE_MS) {
      await recordConnections(db, processId, here)
      told = new Set(here)
      toldAt = performance.now()
    }
    await wait(SHARE_MS, undefined, { signal })
  }
}
