import type { ChannelsConfig } from './channels/options.ts'
import type { Engine } from './engine/engine.ts'
import type { Presence } from './engine/presence.ts'
import { asObject, checkContract, checkNames, fault } from './faults.ts'
import type { Hooks } from './hooks.ts'
import type { TokenOptions } from './tokens/options.ts'

/** Times are milliseconds, sizes bytes, all of them whole; 0 turns a limit off, and leaves nothing of a delay. */
export interface Settings {
  /** Before the paths of all endpoints: `/realtime` makes `/realtime/connection/websocket`. */
  prefix: string
  /** Whether `/connection/http_stream` is served. */
  httpStream: boolean
  /** Whether `/connection/sse` is served. */
  sse: boolean
  /** Whoever has it may call `/api/*`; empty turns the HTTP API off. */
  apiKey: string
  /** Globs over the whole origin (`https://*.example.com`), `*` for all. The request's own host is always allowed. */
  allowedOrigins: string[]
  /** Who brings no credentials is let in as nobody (user ''), and so are tokens without a user. */
  allowAnonymous: boolean
  /** A client that missed more is told `recovered: false`. */
  recoveryMaxPublications: number
  historyMaxPublications: number
  /** Of a frame or of an HTTP request. */
  messageMaxBytes: number
  queueMaxBytes: number
  channelMaxLength: number
  channelsPerClient: number
  maxConnections: number
  maxConnectionsPerUser: number
  /** Commands a connection may send per second in the long run, and at once. Beyond: 111, and 3013 if it goes on. */
  commandsPerSecond: number
  commandsBurst: number
  /** How many commands of a connection are done at a time that change nothing about it; 1 keeps all in order. */
  concurrency: number
  /** 0: no pings. */
  pingInterval: number
  pongTimeout: number
  /** How long a connection may stay without a successful connect. */
  staleTimeout: number
  /** How long the network may take nothing of what waits for it. */
  writeTimeout: number
  /** How often positioned subscriptions are compared with the engine. */
  positionCheckInterval: number
  /** Above 0. */
  presenceUpdateInterval: number
  /** How long somebody is present who was not updated. */
  presenceTtl: number
  /** Until a refresh hook is asked again after it failed. */
  refreshRetryDelay: number
  /** How long after its expiry a connection or a subscription waits for the token of a client that refreshes it. */
  expiredCloseDelay: number
  expiredSubCloseDelay: number
  /** How long a client may take to answer a close frame; with 0 it is cut at once. */
  closeTimeout: number
  /** Until `close()` cuts who is left; with 0 at once. */
  shutdownTimeout: number
}

export interface Options<Meta = unknown> extends Hooks<Meta>, Partial<Settings> {
  /** A new memory engine by default. */
  engine?: Engine
  /** In this process's memory by default. */
  presence?: Presence
  /** Namespaces and their options, by Centrifugo's names. */
  channel?: ChannelsConfig
  /** Keys that connection tokens (JWT) are verified with, and subscription tokens too unless they have keys of their own. */
  token?: TokenOptions
  subscriptionToken?: TokenOptions
}

const defaults: Settings = {
  prefix: '',
  httpStream: false,
  sse: false,
  apiKey: '',
  allowedOrigins: [],
  allowAnonymous: false,
  recoveryMaxPublications: 300,
  historyMaxPublications: 300,
  messageMaxBytes: 65_536,
  queueMaxBytes: 1_048_576,
  channelMaxLength: 255,
  channelsPerClient: 128,
  maxConnections: 0,
  maxConnectionsPerUser: 0,
  commandsPerSecond: 100,
  commandsBurst: 500,
  concurrency: 1,
  pingInterval: 25_000,
  pongTimeout: 8_000,
  staleTimeout: 10_000,
  writeTimeout: 1_000,
  positionCheckInterval: 40_000,
  presenceUpdateInterval: 27_000,
  presenceTtl: 60_000,
  refreshRetryDelay: 60_000,
  expiredCloseDelay: 25_000,
  expiredSubCloseDelay: 25_000,
  closeTimeout: 5_000,
  shutdownTimeout: 30_000,
}

/** What timers can wait for; beyond it they fire at once. */
const maxTime = 2_147_483_647
const isTime = /(Interval|Timeout|Delay|Ttl)$/

/** Those that 0 turns off where it would be the tightest limit of all. */
const limits = [
  'recoveryMaxPublications',
  'historyMaxPublications',
  'messageMaxBytes',
  'queueMaxBytes',
  'channelMaxLength',
  'channelsPerClient',
] as const satisfies (keyof Settings)[]

const hooks = {
  connect: true,
  refresh: true,
  subscribe: true,
  subRefresh: true,
  publish: true,
  rpc: true,
  connected: true,
  disconnected: true,
  onError: true,
} satisfies Record<keyof Hooks, true>

const blocks = ['engine', 'presence', 'channel', 'token', 'subscriptionToken'] satisfies (keyof Options)[]

/** Throws a TypeError that names the option and its fault. */
export function resolveSettings(options: Options): Settings {
  asObject('the options', options)
  checkNames('', options, [...Object.keys(defaults), ...Object.keys(hooks), ...blocks])
  const entries: [string, unknown][] = Object.entries(options)
  const given = entries.filter(([, value]) => value !== undefined)
  checkContract('engine', options.engine, ['subscribe', 'unsubscribe', 'publish', 'history'])
  checkContract('presence', options.presence, ['add', 'remove', 'list', 'stats'])
  for (const [name, value] of given) {
    if (name in hooks && typeof value !== 'function') throw fault(name, 'must be a function')
    // One that is null or false by mistake would leave a server that verifies no tokens.
    if (blocks.some((block) => block === name)) asObject(name, value)
  }
  const settings: Settings = {
    ...defaults,
    ...Object.fromEntries(given.filter(([name]) => name in defaults)),
  }
  checkSettings(settings)
  for (const name of limits) settings[name] ||= Number.MAX_SAFE_INTEGER
  return settings
}

function checkSettings(settings: Settings): void {
  for (const [name, value] of Object.entries(settings) as [keyof Settings, unknown][]) {
    const type = typeof defaults[name]
    if (type !== 'object' && typeof value !== type) throw fault(name, `must be a ${type}`)
    if (typeof value === 'number') checkNumber(name, value)
  }
  const { pingInterval, pongTimeout, presenceTtl, presenceUpdateInterval } = settings
  if (pingInterval > 0 && pingInterval <= pongTimeout)
    throw fault('pingInterval', 'must be longer than pongTimeout')
  if (presenceUpdateInterval === 0) throw fault('presenceUpdateInterval', 'must be above 0')
  if (presenceTtl <= presenceUpdateInterval)
    throw fault('presenceTtl', 'must be longer than presenceUpdateInterval')
  const { concurrency, commandsPerSecond, commandsBurst } = settings
  if (concurrency < 1) throw fault('concurrency', 'must be 1 or more')
  if (commandsPerSecond > 0 && commandsBurst < 1)
    throw fault('commandsBurst', 'must be 1 or more beside commandsPerSecond')
  checkAddresses(settings)
}

function checkNumber(name: keyof Settings, value: number): void {
  if (!(value >= 0)) throw fault(name, 'must be 0 or more')
  const most = isTime.test(name) ? maxTime : Number.MAX_SAFE_INTEGER
  if (value > most) throw fault(name, `must be ${most} or less`)
  // One command in ten seconds is a rate too.
  if (name !== 'commandsPerSecond' && !Number.isInteger(value)) throw fault(name, 'must be a whole number')
}

function checkAddresses({ prefix, apiKey, allowedOrigins }: Settings): void {
  if (apiKey !== '' && apiKey.trim() === '') throw fault('apiKey', 'must not be blank')
  if (prefix !== '' && !/^\/.*[^/]$/.test(prefix))
    throw fault('prefix', 'must begin with a slash and not end with one')
  if (!Array.isArray(allowedOrigins)) throw fault('allowedOrigins', 'must be a list of texts')
  for (const origin of allowedOrigins as unknown[])
    if (typeof origin !== 'string' || !/^(\*|.*:\/\/[^/]+)$/.test(origin))
      throw fault(
        'allowedOrigins',
        `must hold origins such as https://*.example.com, and ${String(origin)} is none`,
      )
}
