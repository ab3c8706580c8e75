import type { Engine } from './engine.ts'
import type { Hooks } from './hooks.ts'

/** Times are milliseconds, sizes bytes; 0 turns a limit on connections off. */
export interface Settings {
  path: string
  /** Globs over the whole origin (`https://*.example.com`), `*` for all. The request's own host is always allowed. */
  allowedOrigins: string[]
  /** Whether subscriptions are positioned and recoverable unless a hook says otherwise. */
  recoverable: boolean
  /** A client that missed more is told `recovered: false`. */
  recoveryMaxPublications: number
  historyMaxPublications: number
  messageMaxBytes: number
  queueMaxBytes: number
  channelMaxLength: number
  channelsPerClient: number
  maxConnections: number
  maxConnectionsPerUser: number
  /** 0: no pings. */
  pingInterval: number
  pongTimeout: number
  /** How long a connection may stay without a successful connect. */
  staleTimeout: number
  /** Until the refresh hook is asked again after it failed. */
  refreshRetryDelay: number
  /** How long after its expiry a connection waits for the token of a client that refreshes it. */
  expiredCloseDelay: number
  /** How long a client may take to answer a close frame. */
  closeTimeout: number
  shutdownTimeout: number
}

export interface Options<Meta = unknown> extends Hooks<Meta>, Partial<Settings> {
  /** A new memory engine by default. */
  engine?: Engine
}

const defaults: Settings = {
  path: '/connection/websocket',
  allowedOrigins: [],
  recoverable: true,
  recoveryMaxPublications: 300,
  historyMaxPublications: 300,
  messageMaxBytes: 65_536,
  queueMaxBytes: 1_048_576,
  channelMaxLength: 255,
  channelsPerClient: 128,
  maxConnections: 0,
  maxConnectionsPerUser: 0,
  pingInterval: 25_000,
  pongTimeout: 8_000,
  staleTimeout: 10_000,
  refreshRetryDelay: 60_000,
  expiredCloseDelay: 25_000,
  closeTimeout: 5_000,
  shutdownTimeout: 30_000,
}

export function resolveSettings(options: Partial<Settings>): Settings {
  const entries: [string, unknown][] = Object.entries(options)
  const given = entries.filter(([name, value]) => name in defaults && value !== undefined)
  const settings: Settings = { ...defaults, ...Object.fromEntries(given) }
  checkSettings(settings)
  return settings
}

function checkSettings(settings: Settings): void {
  for (const [name, value] of Object.entries(settings) as [string, unknown][]) {
    if (typeof value === 'number' && !(value >= 0))
      throw new RangeError(`centrifuge: ${name} must be 0 or more`)
  }
  if (settings.pingInterval > 0 && settings.pingInterval <= settings.pongTimeout) {
    throw new RangeError('centrifuge: pingInterval must be longer than pongTimeout')
  }
}
