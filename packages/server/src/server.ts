import { createCentrifuge } from '@parley/centrifuge'
import type { Centrifuge } from '@parley/centrifuge'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { join } from 'node:path'
import { diskBlobs } from './blobs/disk.ts'
import type { Config } from './config.ts'
import { createCache } from './core/cache.ts'
import { createCursors } from './core/cursor.ts'
import type { LoggedEvent } from './core/events.ts'
import { createPresence } from './core/last-seen.ts'
import { createAnnouncer } from './core/presence.ts'
import type { Chat } from './core/types.ts'
import type { Database } from './db/database.ts'
import { readCursorSecret } from './db/settings.ts'
import { centrifugoHooks, UNAUTHORIZED } from './dialects/marketplace/connect.ts'
import type { ConnectionMeta } from './dialects/marketplace/connect.ts'
import { personalEvents } from './dialects/marketplace/events.ts'
import { marketplace } from './dialects/marketplace/plugin.ts'
import { host } from './host/plugin.ts'
import { createApp } from './http/app.ts'
import type { AppOptions } from './http/app.ts'
import { createAuthentication } from './http/authentication.ts'
import { blobRoutes } from './http/blobs.ts'
import { healthRoutes } from './http/health.ts'
import { createIdentity } from './identity.ts'
import { startHousekeeping } from './jobs/housekeeping.ts'
import { createHub } from './realtime/hub.ts'
import { openLog } from './realtime/log.ts'
import { createLogEngine } from './realtime/transports/log-engine.ts'
import { routeUpgrades } from './realtime/transports/upgrades.ts'

export interface Server {
  chat: Chat
  app: FastifyInstance
  /** No new work; connections are told to come back; what is in flight finishes. The database is the caller's. */
  close(): Promise<void>
}

export interface ServerOptions {
  config: Config
  db: Database
  logger: FastifyBaseLogger
  version: string
  admit?: AppOptions['admit']
}

/** At shutdown, how long requests in flight and closing sockets have. */
const FINISH_MS = 5_000

/** Puts the server together, top to bottom; it does not listen yet. */
export async function createServer({ config, db, logger, version, admit }: ServerOptions): Promise<Server> {
  const onError = (error: unknown) => logger.error({ err: error }, 'background work failed')
  const blobUrl = (key: string) => `${publicUrl()}/blobs/${key}`
  let accepting = true

  const presence = createPresence(db)
  const hub = createHub({
    onPresence(userId, online) {
      presence[online ? 'connected' : 'disconnected'](userId)
      // When the server goes, everybody does, and comes back at once.
      if (accepting) announce(userId, online)
    },
  })
  const log = await openLog({
    db,
    deliver(event, audience) {
      if (event.type === 'session.ended') endConnections(event, chat, centrifuge)
      hub.deliver(event, audience)
    },
    onError,
  })
  const chat: Chat = {
    db,
    blobs: diskBlobs(join(config.dataFolder, 'blobs')),
    presence,
    sessions: createCache(),
    users: createCache(),
    publish: hub.deliver,
    committed: log.wake,
  }
  const announce = createAnnouncer(chat, onError)
  const identity = createIdentity({
    jwtSecrets: config.jwtSecrets,
    jwksUrl: config.jwksUrl,
    userClaim: config.jwtUserClaim,
  })
  const authentication = createAuthentication({ chat, identity, sessionCookie: config.sessionCookie })
  const centrifuge = createCentrifuge<ConnectionMeta>({
    engine: createLogEngine({ db, hub, log, channels: [personalEvents(blobUrl)] }),
    allowedOrigins: config.publicUrl ? [...config.allowedOrigins, config.publicUrl] : config.allowedOrigins,
    channel: { namespaces: [{ name: 'personal', ...recovery(config) }] },
    recoveryMaxPublications: config.recoveryEvents,
    // The tail delivers from the log itself, so there is nothing to compare with it.
    positionCheckInterval: 0,
    shutdownTimeout: FINISH_MS,
    ...centrifugoHooks({
      authentication,
      chat,
      end(client) {
        centrifuge.disconnect({ client }, UNAUTHORIZED)
      },
    }),
    onError,
  })

  const app = await createApp({ config, logger, accepting: () => accepting, admit })
  await app.register(healthRoutes, { db, version, accepting: () => accepting })
  await app.register(blobRoutes, { blobs: chat.blobs })
  await app.register(marketplace, {
    chat,
    authentication,
    blobUrl,
    cursors: createCursors(await readCursorSecret(db)),
    sessionCookie: config.sessionCookie,
    rateLimit: config.rateLimit,
  })
  if (config.hostToken !== undefined) await app.register(host, { chat, token: config.hostToken })
  routeUpgrades(app.server, [centrifuge.handleUpgrade])
  const stopHousekeeping = startHousekeeping({ chat, recoveryHours: config.recoveryHours, onError })

  function publicUrl(): string {
    return config.publicUrl ?? app.listeningOrigin
  }

  return {
    chat,
    app,
    async close() {
      accepting = false
      const giveUp = setTimeout(() => app.server.closeAllConnections(), FINISH_MS)
      await Promise.all([app.close(), centrifuge.close()])
      clearTimeout(giveUp)
      await log.stop()
      await stopHousekeeping()
    },
  }
}

/** How far back a client recovers. */
function recovery({ recoveryEvents, recoveryHours }: Config) {
  const hours = `${recoveryHours}h`
  return {
    history_size: recoveryEvents,
    history_ttl: hours,
    history_meta_ttl: hours,
    force_recovery: true,
    allow_history_for_subscriber: true,
  }
}

function endConnections(
  { userId, sessionId }: Extract<LoggedEvent, { type: 'session.ended' }>,
  chat: Chat,
  centrifuge: Centrifuge<ConnectionMeta>,
): void {
  if (sessionId === null) {
    chat.users.forget(userId)
    centrifuge.disconnect({ user: userId }, UNAUTHORIZED)
    return
  }
  chat.sessions.forget(sessionId)
  centrifuge.disconnect({ user: userId, where: ({ meta }) => meta.sessionId === sessionId }, UNAUTHORIZED)
}
