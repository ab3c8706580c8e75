import type { Retention } from '../engine/engine.ts'
import { asObject, checkNames, fault } from '../faults.ts'
import { parseDuration } from './duration.ts'
import type { ChannelOptions, ChannelsConfig, Namespace } from './options.ts'

/** The options of one namespace, checked. */
export interface ChannelRules {
  options: ChannelOptions
  /** Absent: the channel keeps nothing. */
  retention: Retention | undefined
  /** What names have to look like, without the namespace. */
  name: RegExp
}

export interface Channels {
  withoutNamespace: ChannelRules
  namespaces: Map<string, ChannelRules>
}

type Check = (name: string, value: unknown) => void

const flag: Check = (name, value) => {
  if (typeof value !== 'boolean') throw fault(name, 'must be true or false')
}

const oneOf =
  (...values: string[]): Check =>
  (name, value) => {
    if (!values.includes(value as string))
      throw fault(name, `must be one of ${values.map((text) => `"${text}"`).join(', ')}`)
  }

const checks: Record<keyof ChannelOptions, Check> = {
  presence: flag,
  join_leave: flag,
  force_push_join_leave: flag,
  force_positioning: flag,
  allow_positioning: flag,
  force_recovery: flag,
  allow_recovery: flag,
  delta_publish: flag,
  allow_tags_filter: flag,
  allow_user_limited_channels: flag,
  allow_subscribe_for_client: flag,
  allow_subscribe_for_anonymous: flag,
  allow_publish_for_client: flag,
  allow_publish_for_subscriber: flag,
  allow_publish_for_anonymous: flag,
  allow_history_for_client: flag,
  allow_history_for_subscriber: flag,
  allow_history_for_anonymous: flag,
  allow_presence_for_client: flag,
  allow_presence_for_subscriber: flag,
  allow_presence_for_anonymous: flag,
  history_size(name, value) {
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw fault(name, 'must be a whole number')
  },
  history_ttl: durationOf,
  history_meta_ttl: durationOf,
  force_recovery_mode: oneOf('stream', 'cache'),
  publication_data_format: oneOf('', 'json', 'json_object', 'binary'),
  allowed_delta_types(name, value) {
    if (!Array.isArray(value) || value.some((type) => type !== 'fossil'))
      throw fault(name, 'may hold "fossil" only')
  },
  channel_regex(name, value) {
    if (typeof value !== 'string') throw fault(name, 'must be a text')
    try {
      new RegExp(value, 'u')
    } catch (error) {
      throw fault(name, `is no regular expression: ${String(error)}`)
    }
  },
}

const needingHistory = [
  'force_recovery',
  'allow_recovery',
  'force_positioning',
  'allow_positioning',
  'delta_publish',
] as const
const defaultMetaTtl = '720h'
const namespaceName = /^[-a-zA-Z0-9_]{2,}$/
const printableAscii = /^[ -~]*$/

/** Throws a TypeError that names the option and its fault. */
export function resolveChannels(config: ChannelsConfig = {}): Channels {
  checkNames('channel.', asObject('channel', config), ['without_namespace', 'namespaces', 'history_meta_ttl'])
  const metaTtl = durationOf('channel.history_meta_ttl', config.history_meta_ttl ?? defaultMetaTtl)
  const { without_namespace: bare = {}, namespaces = [] } = config
  if (!Array.isArray(namespaces)) throw fault('channel.namespaces', 'must be a list')
  const withoutNamespace = rulesOf('channel.without_namespace.', bare, metaTtl)
  const named = new Map<string, ChannelRules>()
  for (const namespace of namespaces) {
    const { name, ...options } = checkNamespace(namespace)
    if (named.has(name)) throw fault('channel.namespaces', `has ${name} twice`)
    named.set(name, rulesOf(`namespace ${name}: `, options, metaTtl))
  }
  return { withoutNamespace, namespaces: named }
}

/** Undefined: there is no such namespace. */
export function rulesFor(
  { withoutNamespace, namespaces }: Channels,
  channel: string,
): ChannelRules | undefined {
  const { namespace } = splitName(channel)
  return namespace === '' ? withoutNamespace : namespaces.get(namespace)
}

/** As in Centrifugo: the `$` of a private channel belongs to neither part, unless there is only one. */
export function splitName(channel: string): { namespace: string; rest: string } {
  const colon = channel.indexOf(':')
  if (colon === -1) return { namespace: '', rest: channel }
  return { namespace: channel.slice(channel.startsWith('$') ? 1 : 0, colon), rest: channel.slice(colon + 1) }
}

function checkNamespace(namespace: Namespace): Namespace {
  const { name } = asObject('each of channel.namespaces', namespace)
  if (typeof name !== 'string' || !namespaceName.test(name))
    throw fault('the name of a namespace', `must match ${namespaceName.source}, and ${String(name)} does not`)
  return namespace
}

function rulesOf(place: string, options: ChannelOptions, globalMetaTtl: number): ChannelRules {
  checkNames(place, asObject(place.replace(/\W+$/, ''), options), Object.keys(checks))
  for (const [name, value] of Object.entries(options) as [keyof ChannelOptions, unknown][]) {
    if (value !== undefined) checks[name](place + name, value)
  }
  const retention = retentionOf(place, options, globalMetaTtl)
  const name = needingHistory.find((option) => options[option])
  if (name && !retention) throw fault(place + name, 'needs history_size and history_ttl')
  const { channel_regex: regex } = options
  return { options, retention, name: regex ? new RegExp(regex, 'u') : printableAscii }
}

function retentionOf(
  place: string,
  { history_size: size = 0, history_ttl, history_meta_ttl }: ChannelOptions,
  globalMetaTtl: number,
): Retention | undefined {
  const ttl = history_ttl === undefined ? 0 : durationOf(`${place}history_ttl`, history_ttl)
  if (size === 0 && ttl > 0) throw fault(`${place}history_size`, 'is needed beside history_ttl')
  if (size > 0 && ttl === 0) throw fault(`${place}history_ttl`, 'is needed beside history_size')
  const metaTtl =
    history_meta_ttl === undefined ? globalMetaTtl : durationOf(`${place}history_meta_ttl`, history_meta_ttl)
  if (ttl > metaTtl) throw fault(`${place}history_ttl`, 'must not be longer than history_meta_ttl')
  return size > 0 ? { size, ttl, metaTtl } : undefined
}

function durationOf(name: string, value: unknown): number {
  const milliseconds = typeof value === 'string' ? parseDuration(value) : undefined
  if (milliseconds === undefined) throw fault(name, `must be a duration such as 300s, 10m or 720h`)
  return milliseconds
}
