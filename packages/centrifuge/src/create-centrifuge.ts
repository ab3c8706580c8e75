import * as api from './api.ts'
import type { Centrifuge } from './centrifuge.ts'
import { createNode } from './create-node.ts'
import { handleRequest } from './http.ts'
import { snapshot } from './metrics/snapshot.ts'
import type { Options } from './options.ts'
import { publishTo } from './publish.ts'
import { readHistory, readPresence, readPresenceStats } from './read.ts'
import { startClock } from './sessions/clock.ts'
import { shutDown } from './sessions/shutdown.ts'
import { websocketUpgrade } from './transports/websocket.ts'

/** Serves the Centrifugo client protocol on HTTP servers of yours. */
export function createCentrifuge<Meta = unknown>(options: Options<Meta>): Centrifuge<Meta> {
  const node = createNode(options)
  const stopClock = startClock(node)
  let closed: Promise<void> | undefined
  const centrifuge: Centrifuge = {
    handleUpgrade: websocketUpgrade(node),
    handleRequest: handleRequest(node, () => centrifuge),
    publish: async (channel, data, how = {}) => publishTo(node, channel, data, how),
    broadcast: (channels, data, how) => api.broadcastTo(node, channels, data, how),
    subscribe: (user, channel, how) => api.subscribeUser(node, user, channel, how),
    unsubscribe: (user, channel, which) => api.unsubscribeUser(node, user, channel, which),
    disconnect: (target, closing) => api.disconnectWhere(node, target, closing),
    refresh: (user, how) => api.refreshUser(node, user, how),
    presence: (channel) => readPresence(node, channel),
    presenceStats: (channel) => readPresenceStats(node, channel),
    history: (channel, query) => readHistory(node, channel, query),
    removeHistory: (channel) => api.removeHistory(node, channel),
    channels: (pattern) => api.channelsOf(node, pattern),
    connections: () => api.connections(node),
    counts: () => api.counts(node),
    metrics: () => snapshot(node),
    info: () => ({ id: node.id, uptime: Date.now() - node.startedAt }),
    close: () => (closed ??= shutDown(node).finally(stopClock)),
  }
  // Every meta in there came from this application's own connect hook.
  return centrifuge as Centrifuge<Meta>
}
