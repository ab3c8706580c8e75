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
  /** Of the HTTP request that made the connection, lower-case, `cookie` included. */
  headers: IncomingHttpHeaders
  /** Headers the client sent in its connect command, lower-case. Any page can make them up. */
  emulatedHeaders: Record<string, string>
  transport: 'websocket' | 'http_stream' | 'sse'
  encoding: 'json' | 'protobuf'
}

/** Channel options set otherwise for one subscription. */
export interface ChannelOverride {
  presence?: boolean
  join_leave?: boolean
  force_push_join_leave?: boolean
  force_positioning?: boolean
  force_recovery?: boolean
}

export interface SubscriptionOptions {
  /** Handed to the client with the subscription. */
  data?: unknown
  /** Shown to others of the channel, in its presence and beside what the client publishes. */
  info?: unknown
  override?: ChannelOverride
  /** Unix seconds; then the `subRefresh` hook is asked. */
  expireAt?: number
}

export interface Credentials<Meta = unknown> {
  /** Empty for somebody unknown. */
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

export interface Refreshed {
  /** Unix seconds; absent: it expires no more. */
  expireAt?: number
  /** In place of the one before. */
  info?: unknown
  /** For a connection: in place of the one before. */
  meta?: unknown
}

export interface SubscribeCall<Meta = unknown> extends ConnectionInfo<Meta> {
  channel: string
  token: string
  data: unknown
}

export interface SubscribeDecision extends SubscriptionOptions {
  /** `client`: the client is told when the subscription expires and sends a new token to the `subRefresh` hook. */
  refresh?: 'client'
  /** Who asks to be recovered from before this offset is told `recovered: false`; by history it gets what came after it. */
  recoverFrom?: number
  /** Which publications this subscriber gets, live, recovered and by history, by their tags; all by default. */
  accepts?(tags: Record<string, string> | undefined): boolean
}

export interface SubRefreshCall<Meta = unknown> extends ConnectionInfo<Meta> {
  channel: string
  /** What the client sent; undefined where the subscription is not the client's to refresh. */
  token?: string
}

export interface PublishCall<Meta = unknown> extends ConnectionInfo<Meta> {
  channel: string
  data: unknown
}

export interface PublishDecision {
  /** Published in place of what the client sent. */
  data?: unknown
  tags?: Record<string, string>
  /** Delivered without a place in the channel's history. */
  skipHistory?: boolean
  idempotencyKey?: string
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
 * the client is told 100 (temporary). Values it gets and returns are JSON; bytes (Uint8Array) are for clients of the
 * Protobuf encoding alone.
 */
export interface Hooks<Meta = unknown> {
  /** null: no credentials, closed with 3501. Not asked where a connection token is verified. */
  connect?(call: ConnectCall): Promise<Credentials<Meta> | null>
  /**
   * Asked when `expireAt` has passed, or when the client has sent a token that it must check, its user included. null:
   * closed with 3005.
   */
  refresh?(call: RefreshCall<Meta>): Promise<Refreshed | null>
  /**
   * Who may subscribe: null is 103. Absent: as the namespace says. Not asked for channels of users (`#`), nor with a token
   * where there are keys to verify it; without keys the tokens of private channels (`$`) are its to judge.
   */
  subscribe?(call: SubscribeCall<Meta>): Promise<SubscribeDecision | null>
  /** As `refresh`, for one subscription. null ends it with 2501; a server-side one closes the connection with 3006. */
  subRefresh?(call: SubRefreshCall<Meta>): Promise<Refreshed | null>
  /** Who may publish: null is 103. Absent: as the namespace says. */
  publish?(call: PublishCall<Meta>): Promise<PublishDecision | null>
  /** Absent: method not found (104). */
  rpc?(call: RpcCall<Meta>): Promise<unknown>
  /** The connect reply is on its way. */
  connected?(info: ConnectionInfo<Meta>): void | Promise<void>
  /** A connection that had been connected is gone. */
  disconnected?(info: Disconnected<Meta>): void | Promise<void>
  /** What hooks and engines throw, which nobody else hears of. Absent: a warning of the process. */
  onError?(error: unknown): void | Promise<void>
}
