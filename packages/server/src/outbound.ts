import type { FastifyBaseLogger } from 'fastify'
import type { Config } from './config.ts'
import type { LoggedEvent } from './core/events.ts'
import type { Presence } from './core/last-seen.ts'
import { switchConsumer } from './db/consumers.ts'
import type { Database } from './db/database.ts'
import { switchWebhooks } from './db/webhooks.ts'
import { startOfflineNotifications } from './jobs/offline-notifications.ts'
import { startWebhooks } from './jobs/webhooks.ts'

/** What the host application is told of. */
export interface Outbound {
  follow(event: LoggedEvent): void
  /** Before everybody is disconnected: nobody who is about to come back counts as away. */
  stopNotifying(): Promise<void>
  stop(): Promise<void>
}

export interface OutboundOptions {
  config: Config
  db: Database
  presence: Presence
  logger: FastifyBaseLogger
  onError: (error: unknown) => void
}

/** Offline notifications are queued where somebody can take them: over the host API, or as webhooks. */
export async function startOutbound(options: OutboundOptions): Promise<Outbound> {
  const { config, db, presence, logger: log, onError } = options
  const { webhookUrls: urls, webhookSecret: secret, webhookAllowPrivate: allowPrivate } = config
  const isNotifying = config.hostToken !== undefined || urls.length > 0
  await switchWebhooks(db, urls)
  await switchConsumer(db, 'offline-notifications', isNotifying)
  const webhooks = urls.length > 0 ? startWebhooks({ db, urls, secret, allowPrivate, log, onError }) : null
  const notifier = isNotifying
    ? startOfflineNotifications({ db, presence, onQueued: webhooks?.wake, onError })
    : null
  return {
    follow(event) {
      if (event.type === 'message.created') notifier?.wake()
      webhooks?.follow(event)
    },
    async stopNotifying() {
      await notifier?.stop()
    },
    async stop() {
      await webhooks?.stop()
    },
  }
}
