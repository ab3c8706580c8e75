import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { PublishOptions, StreamPosition } from './engine.ts'
import type { Closing } from './errors.ts'
import type { ConnectionInfo, SubscriptionOptions } from './hooks.ts'
import type { Options } from './options.ts'

/** All conditions given must hold; at least one is needed. */
export interface DisconnectTarget<Meta = unknown> {
  user?: string
  client?: string
  where?(info: ConnectionInfo<Meta>): boolean
}

export interface Centrifuge<Meta = unknown> {
  /** For an HTTP server's `upgrade` event. False, and the socket untouched, when the path is another's. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** `data` must be JSON. Where the publication stands; undefined when ephemeral. */
  publish(
    channel: string,
    data: unknown,
    options?: PublishOptions & { tags?: Record<string, string> },
  ): Promise<StreamPosition | undefined>
  /** Subscribes every connection of the user; resolves when they have been told. */
  subscribe(user: string, channel: string, options?: SubscriptionOptions): Promise<void>
  unsubscribe(user: string, channel: string): void
  /** How many connections were closed; by default with 3503, after which clients do not come back. */
  disconnect(target: DisconnectTarget<Meta>, closing?: Closing): number
  connections(): ConnectionInfo<Meta>[]
  counts(): { connections: number; users: number; channels: number; subscriptions: number }
  /** Refuses new connections, closes all with 3001, resolves when every socket is gone. */
  close(): Promise<void>
}

export function createCentrifuge<Meta = unknown>(options: Options<Meta>): Centrifuge<Meta> {
  throw new Error('to come', { cause: options })
}
