import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { DisconnectTarget, RefreshOptions, SubscribeUserOptions, Which } from './api.ts'
import type { ClientInfo, History, HistoryQuery, StreamPosition } from './engine/engine.ts'
import type { PresenceStats } from './engine/presence.ts'
import type { Closing } from './errors.ts'
import type { ConnectionInfo } from './hooks.ts'
import type { Metrics } from './metrics/snapshot.ts'
import type { PublicationOptions } from './publish.ts'

export interface Centrifuge<Meta = unknown> {
  /** For an HTTP server's `upgrade` event. False, and the socket untouched, when the path is another's. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** For an HTTP server's `request` event. False, and nothing answered, when the path is another's. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean
  /**
   * `data` must be JSON, or bytes for clients of the Protobuf encoding. Answers where the publication stands; undefined
   * when it has no place in a history. Throws ClientError 102, 107.
   */
  publish(channel: string, data: unknown, options?: PublicationOptions): Promise<StreamPosition | undefined>
  /** One publication to many channels; what became of each, in their order. */
  broadcast(
    channels: string[],
    data: unknown,
    options?: PublicationOptions,
  ): Promise<PromiseSettledResult<StreamPosition | undefined>[]>
  /** Subscribes every connection of the user, or one; resolves when they have been told. */
  subscribe(user: string, channel: string, options?: SubscribeUserOptions): Promise<void>
  unsubscribe(user: string, channel: string, which?: Which): void
  /** Answers how many connections it closed; by default with 3503, after which clients do not come back. */
  disconnect(target: DisconnectTarget<Meta>, closing?: Closing): number
  /** Sets when the user's connections expire, or ends them with 3005. */
  refresh(user: string, options: RefreshOptions): void
  /** Throws ClientError 108 where the namespace has no presence. */
  presence(channel: string): Promise<ClientInfo[]>
  presenceStats(channel: string): Promise<PresenceStats>
  /** Throws ClientError 108 where the namespace has no history, 112 for another epoch. */
  history(channel: string, query: HistoryQuery): Promise<Pick<History, 'publications' | 'position'>>
  removeHistory(channel: string): Promise<void>
  /** Subscribers of each channel that somebody of this node is subscribed to; all, or those that match a glob. */
  channels(pattern?: string): Map<string, number>
  connections(): ConnectionInfo<Meta>[]
  /** `connections` counts those that have not authenticated too. */
  counts(): { connections: number; users: number; channels: number; subscriptions: number }
  /** What has happened since the start and what is now. */
  metrics(): Metrics
  /** Id of this node and milliseconds since its start. */
  info(): { id: string; uptime: number }
  /**
   * Refuses new connections, closes all with 3001, and resolves when every socket is gone and every `disconnected` hook
   * has run, or after `shutdownTimeout`.
   */
  close(): Promise<void>
}
