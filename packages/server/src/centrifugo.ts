import { createCentrifuge } from '@parley/centrifuge'
import type { Centrifuge } from '@parley/centrifuge'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from './config.ts'
import type { Chat } from './core/types.ts'
import { centrifugoHooks } from './dialects/marketplace/connect.ts'
import { personalEvents } from './dialects/marketplace/events.ts'
import { LONGEST_CHANNEL } from './dialects/workspace/channels.ts'
import { connectHooks } from './dialects/workspace/connect.ts'
import { chatEvents, orgEvents, statusEvents } from './dialects/workspace/events.ts'
import { createSubscriptions } from './dialects/workspace/subscribe.ts'
import type { Subscriptions } from './dialects/workspace/subscribe.ts'
import type { Tokens } from './dialects/workspace/tokens.ts'
import { unreadText, userEvents } from './dialects/workspace/user-events.ts'
import type { Authentication } from './http/authentication.ts'
import type { Hub } from './realtime/hub.ts'
import type { EventLog } from './realtime/log.ts'
import { UNAUTHORIZED } from './realtime/transports/connections.ts'
import type { ConnectionHooks, ConnectionMeta } from './realtime/transports/connections.ts'
import { createLogEngine } from './realtime/transports/log-engine.ts'
import { namespaces } from './realtime/transports/namespaces.ts'
import { createUnreadReader } from './realtime/unread.ts'

export interface CentrifugoOptions {
  config: Config
  chat: Chat
  hub: Hub
  log: EventLog
  logger: FastifyBaseLogger
  authentication: Authentication
  tokens: Tokens
  blobUrl: (key: string) => string
  allowedOrigins: string[]
  patienceMs: number
  onError: (error: unknown) => void
  /** Aborts when nothing more is to be read. */
  stopping: AbortSignal
}

export interface Centrifugo {
  centrifuge: Centrifuge<ConnectionMeta>
  subscriptions: Subscriptions
}

/** One Centrifugo server with the channels of two dialects, out of the event log. */
export function openCentrifugo(options: CentrifugoOptions): Centrifugo {
  const { config, chat, hub, log, authentication, tokens, blobUrl, onError } = options
  const readUnread = createUnreadReader({
    db: chat.db,
    view: unreadText,
    onError,
    signal: options.stopping,
  })
  const subscriptions = createSubscriptions({ chat, tokens, centrifuge: () => centrifuge })
  const marketplaceHooks = centrifugoHooks({
    authentication,
    chat,
    log: options.logger,
    end(client) {
      centrifuge.disconnect({ client }, UNAUTHORIZED)
    },
  })
  const centrifuge = createCentrifuge<ConnectionMeta>({
    engine: createLogEngine({
      db: chat.db,
      hub,
      log,
      channels: [
        personalEvents(blobUrl),
        chatEvents(blobUrl),
        userEvents(chat, readUnread),
        orgEvents(),
        statusEvents(),
      ],
    }),
    allowedOrigins: options.allowedOrigins,
    channel: { namespaces: namespaces(config) },
    channelMaxLength: LONGEST_CHANNEL,
    recoveryMaxPublications: config.recoveryEvents,
    // The tail delivers from the log itself, so there is nothing to compare with it.
    positionCheckInterval: 0,
    shutdownTimeout: options.patienceMs,
    ...eitherOf(tokens, connectHooks({ chat, tokens }), marketplaceHooks),
    connected: marketplaceHooks.connected,
    subscribe: subscriptions.subscribe,
    subRefresh: subscriptions.subRefresh,
    onError,
  })
  return { centrifuge, subscriptions }
}

/** A token of `/realtime/token` opens the workspace's channels, all else the marketplace's. */
function eitherOf(tokens: Tokens, workspace: ConnectionHooks, marketplace: ConnectionHooks): ConnectionHooks {
  const hooksOf = (token = '') => (tokens.isOurs(token) ? workspace : marketplace)
  return {
    connect: (call) => hooksOf(call.token).connect(call),
    refresh: (call) => hooksOf(call.token).refresh(call),
  }
}
