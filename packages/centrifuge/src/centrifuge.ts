import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import * as api from './api.ts'
import { startClock } from './clock.ts'
import type { StreamPosition } from './engine.ts'
import type { Closing } from './errors.ts'
import type { ConnectionInfo, SubscriptionOptions } from './hooks.ts'
import { createNode } from './node.ts'
import type { Options } from './options.ts'
import { shutDown } from './shutdown.ts'
import { websocketUpgrade } from './websocket.ts'

export interface Centrifuge<Meta = unknown> {
  /** For an HTTP server's `upgrade` event. False, and the socket untouched, when the path is another's. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** `data` must be JSON. Answers where the publication stands; undefined when it is ephemeral. */
  publish(
    channel: string,
    data: unknown,
    options?: api.PublicationOptions,
  ): Promise<StreamPosition | undefined>
  /** Subscribes every connection of the user; resolves when they have been told. */
  subscribe(user: string, channel: string, options?: SubscriptionOptions): Promise<void>
  unsubscribe(user: string, channel: string): void
  /** Answers how many connections it closed; by default with 3503, after which clients do not come back. */
  disconnect(target: api.DisconnectTarget<Meta>, closing?: Closing): number
  connections(): ConnectionInfo<Meta>[]
  /** `connections` counts those that have not authenticated too. */
  counts(): { connections: number; users: number; channels: number; subscriptions: number }
  /** Refuses new connections, closes all with 3001, and resolves when every socket is gone. */
  close(): Promise<void>
}

/** Serves the Centrifugo client protocol on HTTP servers of yours. */
export function createCentrifuge<Meta = unknown>(options: Options<Meta>): Centrifuge<Meta> {
  const node = createNode(options)
  const stopClock = startClock(node)
  let closed: Promise<void> | undefined
  return {
    handleUpgrade: websocketUpgrade(node),
    publish: (channel, data, how) => api.publish(node, channel, data, how),
    subscribe: (user, channel, how) => api.subscribeUser(node, user, channel, how),
    unsubscribe: (user, channel) => api.unsubscribeUser(node, user, channel),
    disconnect: (target, closing) => api.disconnectWhere(node, target, closing),
    // Every meta in there came from this application's own connect hook.
    connections: () => api.connections(node) as ConnectionInfo<Meta>[],
    counts: () => api.counts(node),
    close: () => (closed ??= shutDown(node).finally(stopClock)),
  }
}
