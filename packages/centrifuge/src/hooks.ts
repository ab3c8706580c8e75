import type { IncomingHttpHeaders } from 'node:http'

/** `meta` is whatever the connect hook attached; the package never looks inside. */
export interface ConnectionInfo<Meta = unknown> {
  client: string
  user: string
  meta: Meta
}

export interface ConnectCall {
  /** The connection's id; new for every connection. */
  client: string
  token: string
  data: unknown
  name: string
  version: string
  /** Of the upgrade request, lower-case, `cookie` included. */
  headers: IncomingHttpHeaders
  transport: 'websocket'
}

export interface SubscriptionOptions {
  /** Overrides the option `recoverable` for this subscription. */
  recoverable?: boolean
  /** Handed to the client with the subscription. */
  data?: unknown
}

export interface Credentials<Meta = unknown> {
  user: string
  /** Server-side subscriptions; `subs` when they need options. */
  channels?: string[]
  subs?: Record<string, SubscriptionOptions>
  /** Unix seconds; then the refresh hook is asked. */
  expireAt?: number
  /** `client`: the client is told when it expires and sends a new token, with which the refresh hook is asked. */
  refresh?: 'client'
  data?: unknown
  /** Shown to others beside what this client publishes. */
  info?: unknown
  meta?: Meta
}

export interface RefreshCall<Meta = unknown> extends ConnectionInfo<Meta> {
  /** What the client sent; undefined where the connection is not the client's to refresh. */
  token?: string
}

export interface SubscribeCall<Meta = unknown> extends ConnectionInfo<Meta> {
  channel: string
  token: string
  data: unknown
}

export interface PublishCall<Meta = unknown> extends ConnectionInfo<Meta> {
  channel: string
  data: unknown
}

export interface PublishDecision {
  /** Published in place of what the client sent. */
  data?: unknown
  /** The application has dealt with it; nothing is published here. */
  handled?: boolean
}

export interface RpcCall<Meta = unknown> extends ConnectionInfo<Meta> {
  method: string
  data: unknown
}

export interface Disconnected<Meta = unknown> extends ConnectionInfo<Meta> {
  code: number
  reason: string
}

/**
 * What the application decides. A hook may throw ClientError or Disconnect; anything else it throws goes to `onError` and
 * the client is told 100 (temporary). Values it returns must be JSON.
 */
export interface Hooks<Meta = unknown> {
  /** null: no credentials, closed with 3501. */
  connect?(call: ConnectCall): Promise<Credentials<Meta> | null>
  /**
   * Asked when `expireAt` has passed, or when the client has sent a token that it must check, its user included. null:
   * closed with 3005. No `expireAt`: the connection expires no more.
   */
  refresh?(call: RefreshCall<Meta>): Promise<{ expireAt?: number } | null>
  /** Absent: clients may not subscribe (103). */
  subscribe?(call: SubscribeCall<Meta>): Promise<SubscriptionOptions | undefined>
  /** Absent: clients may not publish (103). */
  publish?(call: PublishCall<Meta>): Promise<PublishDecision | undefined>
  /** Absent: method not found (104). */
  rpc?(call: RpcCall<Meta>): Promise<unknown>
  /** The connect reply is on its way. */
  connected?(info: ConnectionInfo<Meta>): void | Promise<void>
  /** A connection that had been connected is gone. */
  disconnected?(info: Disconnected<Meta>): void | Promise<void>
  onError?(error: unknown): void
}
