import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { join } from 'node:path'
import { diskBlobs } from './blobs/disk.ts'
import { openCentrifugo } from './centrifugo.ts'
import type { Config } from './config.ts'
import { createAudiences } from './core/audiences.ts'
import { createCache } from './core/cache.ts'
import { createCursors } from './core/cursor.ts'
import { createGathering } from './core/gathering.ts'
import { createPages } from './core/pages.ts'
import { createPresence } from './core/last-seen.ts'
import { createAnnouncer } from './core/presence.ts'
import { readStatuses } from './core/statuses.ts'
import type { Ticket } from './core/tickets.ts'
import type { Chat } from './core/types.ts'
import type { Database } from './db/database.ts'
import { readCursorSecret, readRealtimeSecret, readUploadSecret } from './db/settings.ts'
import { dialogsDescription } from './dialects/dialogs/description.ts'
import { dialogsSocket } from './dialects/dialogs/socket.ts'
import { dialogs } from './dialects/dialogs/plugin.ts'
import { directDescription } from './dialects/direct/description.ts'
import { direct } from './dialects/direct/socket.ts'
import { marketplace } from './dialects/marketplace/plugin.ts'
import { roomsDescription } from './dialects/rooms/description.ts'
import { rooms } from './dialects/rooms/plugin.ts'
import { roomsSocket } from './dialects/rooms/socket.ts'
import { workspace } from './dialects/workspace/plugin.ts'
import { createTokens } from './dialects/workspace/tokens.ts'
import { host } from './host/plugin.ts'
import { createApp } from './http/app.ts'
import type { AppOptions } from './http/app.ts'
import { socketDescriptions } from './http/asyncapi.ts'
import { createAuthentication } from './http/authentication.ts'
import type { Authentication } from './http/authentication.ts'
import { blobRoutes } from './http/blobs.ts'
import { healthRoutes } from './http/health.ts'
import { uploadPath, uploadRoutes } from './http/uploads.ts'
import { createIdentity } from './identity.ts'
import { startAutoArchive } from './jobs/auto-archive.ts'
import { startHousekeeping } from './jobs/housekeeping.ts'
import { startLinkPreviews } from './jobs/link-previews.ts'
import { startSearchIndexing } from './jobs/search-index.ts'
import { startOutbound } from './outbound.ts'
import { createHub } from './realtime/hub.ts'
import { openLog } from './realtime/log.ts'
import { watchStatuses } from './realtime/statuses.ts'
import { endConnections } from './realtime/transports/connections.ts'
import { createSocketIo } from './realtime/transports/socketio.ts'
import { routeUpgrades } from './realtime/transports/upgrades.ts'
import { createWebSockets } from './realtime/transports/websocket.ts'

export interface Server {
  chat: Chat
  authentication: Authentication
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
  const stopping = new AbortController()
  let accepting = true

  const tokens = createTokens(await readRealtimeSecret(db))
  const presence = createPresence(db)
  const hub = createHub({
    onPresence(userId, online) {
      presence[online ? 'connected' : 'disconnected'](userId)
      statuses.changed(userId)
      // When the server goes, everybody does, and comes back at once.
      if (accepting) announcer.announce(userId, online)
    },
    onWatched: (userId, watched) => statuses.watch(userId, watched),
  })
  const outbound = await startOutbound({ config, db, presence, logger, onError })
  const audiences = createAudiences(db)
  const log = await openLog({
    db,
    audiences,
    deliver(event, audience) {
      endConnections(event, chat, centrifuge)
      hub.deliver(event, audience)
      subscriptions.follow(event)
      outbound.follow(event)
      socketIo.deliver(event, audience)
      webSockets.deliver(event, audience)
    },
    onError,
  })
  const searchIndexing = startSearchIndexing(db, onError)
  const chat: Chat = {
    db,
    blobs: diskBlobs(join(config.dataFolder, 'blobs')),
    presence,
    sessions: createCache(),
    users: createCache(),
    audiences,
    publish(event, audience) {
      hub.deliver(event, audience)
      socketIo.deliver(event, audience)
      webSockets.deliver(event, audience)
    },
    committed() {
      log.wake()
      searchIndexing.written()
    },
    appended(batch) {
      log.append(batch)
      searchIndexing.written()
    },
    sends: createGathering(),
    looks: createGathering(),
    pages: createPages(),
    linksWritten: config.linkPreviews ? () => previewer?.wake() : undefined,
    statusChanged: (userId) => statuses.changed(userId),
  }
  const announcer = createAnnouncer(chat, onError)
  const statuses = watchStatuses({
    read: (userIds) => readStatuses(chat, userIds),
    tell: (event) => hub.deliver(event, []),
    onError,
  })
  const identity = createIdentity({
    jwtSecrets: config.jwtSecrets,
    jwksUrl: config.jwksUrl,
    userClaim: config.jwtUserClaim,
  })
  const authentication = createAuthentication({ chat, identity, sessionCookie: config.sessionCookie })
  const allowedOrigins = config.publicUrl
    ? [...config.allowedOrigins, config.publicUrl]
    : config.allowedOrigins
  const { centrifuge, subscriptions } = openCentrifugo({
    config,
    chat,
    hub,
    log,
    logger,
    authentication,
    tokens,
    blobUrl,
    allowedOrigins,
    patienceMs: FINISH_MS,
    onError,
    stopping: stopping.signal,
  })
  const socketIo = createSocketIo({
    chat,
    hub,
    authentication,
    vocabularies: [
      direct({ chat, blobUrl, trustClientIds: config.trustClientIds }),
      roomsSocket({ chat, blobUrl }),
    ],
    allowedOrigins,
    trustClientIds: config.trustClientIds,
    rateLimit: config.rateLimit,
    patienceMs: FINISH_MS,
    onError,
  })
  const webSockets = createWebSockets({
    chat,
    hub,
    vocabulary: dialogsSocket({ chat, authentication, trustClientIds: config.trustClientIds }),
    allowedOrigins,
    rateLimit: config.rateLimit,
    patienceMs: FINISH_MS,
    onError,
  })

  const app = await createApp({ config, logger, accepting: () => accepting, admit })
  await app.register(healthRoutes, { db, version, accepting: () => accepting })
  await app.register(blobRoutes, { blobs: chat.blobs })
  const uploadSecret = await readUploadSecret(db)
  await app.register(uploadRoutes, { chat, secret: uploadSecret })
  const { sessionCookie, rateLimit } = config
  const cursors = createCursors(await readCursorSecret(db))
  const dialect = { chat, authentication, blobUrl, cursors, sessionCookie, rateLimit }
  await app.register(marketplace, dialect)
  const uploadUrl = (ticket: Ticket) => `${publicUrl()}${uploadPath(uploadSecret, ticket)}`
  await app.register(workspace, { ...dialect, uploadUrl, tokens })
  const { roomsEditMinutes: editMinutes, roomsFileMegabytes: fileMegabytes } = config
  await app.register(rooms, { ...dialect, editMinutes, fileMegabytes })
  const { adminTokens, trustClientIds } = config
  await app.register(dialogs, { ...dialect, uploadUrl, adminTokens, trustClientIds })
  if (config.hostToken !== undefined) await app.register(host, { chat, token: config.hostToken })
  await app.register(socketIo.routes)
  const vocabularies = [roomsDescription, directDescription, dialogsDescription]
  await app.register(socketDescriptions, { vocabularies, origin: publicUrl })
  routeUpgrades(app.server, [centrifuge.handleUpgrade, socketIo.handleUpgrade, webSockets.handleUpgrade])
  const stopHousekeeping = startHousekeeping({ chat, recoveryHours: config.recoveryHours, onError })

  const { autoArchiveDays: days } = config
  const stopAutoArchive = days > 0 ? startAutoArchive({ chat, days, onError }) : null
  const previewer = config.linkPreviews ? startLinkPreviews({ chat, onError }) : null

  function publicUrl(): string {
    return app.publicUrl()
  }

  return {
    chat,
    authentication,
    app,
    async close() {
      accepting = false
      await outbound.stopNotifying()
      const giveUp = setTimeout(() => app.server.closeAllConnections(), FINISH_MS)
      await Promise.all([app.close(), centrifuge.close(), socketIo.close(), webSockets.close()])
      clearTimeout(giveUp)
      stopping.abort()
      statuses.stop()
      await announcer.settled()
      await previewer?.stop()
      await stopAutoArchive?.()
      await outbound.stop()
      await log.stop()
      await searchIndexing.stop()
      await stopHousekeeping()
    },
  }
}
