import type { ChatEvent } from '../core/events.ts'
import { keepTrying } from '../db/back-off.ts'
import { createBell } from './bell.ts'
import { queueWebhooks } from './webhook-queue.ts'
import { startTarget } from './webhook-target.ts'
import type { TargetOptions } from './webhook-target.ts'

const LOOK_MS = 15_000
const TIMEOUT_MS = 10_000
const TOLD = ['message.created', 'member.added', 'member.removed']

export interface WebhookOptions extends Omit<TargetOptions, 'url' | 'signal' | 'timeoutMs'> {
  /** Each is told everything. */
  urls: string[]
  /** How long each has to answer. */
  timeoutMs?: number
}

export interface Webhooks {
  /** Something has happened; perhaps it is to be told. */
  follow(event: ChatEvent): void
  /** Notifications may have been queued. */
  wake(): void
  stop(): Promise<void>
}

/**
 * Tells the host application's addresses what happens, each at its own pace: a queue in the database, so that a restart
 * loses nothing. What a process leaves undone another one takes up.
 */
export function startWebhooks({ urls, timeoutMs = TIMEOUT_MS, ...options }: WebhookOptions): Webhooks {
  const { db, onError } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const bell = createBell()
  const targets = urls.map((url) => startTarget({ ...options, url, timeoutMs, signal }))

  async function queue(): Promise<void> {
    while (!signal.aborted) {
      await queueWebhooks(db, urls, signal)
      for (const target of targets) target.wake()
      await bell.heard(LOOK_MS)
    }
  }

  const queueing = keepTrying(queue, signal, onError)
  return {
    follow(event) {
      if (TOLD.includes(event.type)) bell.ring()
    },
    wake: bell.ring,
    async stop() {
      stopping.abort()
      bell.ring()
      await Promise.all([queueing, ...targets.map(({ stopped }) => stopped)])
    },
  }
}
