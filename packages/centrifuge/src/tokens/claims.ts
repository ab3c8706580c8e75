import type { ChannelOverride } from '../hooks.ts'
import { TokenInvalidError } from './errors.ts'
import { invalid, readExpiry, readObject, readText, readValue, type Claims } from './fields.ts'

const overridable = [
  'presence',
  'join_leave',
  'force_recovery',
  'force_positioning',
  'force_push_join_leave',
] as const satisfies (keyof ChannelOverride)[]

/** `info` and `data` are JSON values, or a Uint8Array where the token had them as `b64info` and `b64data`. */
interface SubscriptionClaims {
  info?: unknown
  data?: unknown
  override?: ChannelOverride
}

export interface ConnectionToken {
  /** Empty: anonymous. */
  user: string
  /** Unix seconds; absent: the connection does not expire. */
  expireAt?: number
  /** A JSON value, or a Uint8Array where the token had it as `b64info`. */
  info?: unknown
  /** Server-side subscriptions; Centrifugo looks at them only where there are no `subs`. */
  channels?: string[]
  subs?: Record<string, SubscriptionClaims>
  meta?: unknown
}

/** Whoever takes it compares the user, the channel and, where there is one, the client. */
export interface SubscriptionToken extends SubscriptionClaims {
  user: string
  channel: string
  client?: string
  /** Unix seconds; absent: the subscription does not expire. */
  expireAt?: number
}

export function readConnection(claims: Claims, userClaim?: string): ConnectionToken {
  if ('channel' in claims) throw new TokenInvalidError('a subscription token is not a connection token')
  return {
    user: readUser(claims, userClaim),
    expireAt: readExpiry(claims),
    info: readValue(claims, 'info'),
    channels: readChannels(claims.channels),
    subs: readSubs(claims.subs),
    meta: claims.meta,
  }
}

export function readSubscription(claims: Claims, userClaim?: string): SubscriptionToken {
  const channel = readText(claims, 'channel')
  if (!channel) throw invalid('channel')
  return {
    user: readUser(claims, userClaim),
    channel,
    client: readText(claims, 'client') || undefined,
    expireAt: readExpiry(claims),
    ...readSubscriptionClaims(claims),
  }
}

function readSubscriptionClaims(claims: Claims): SubscriptionClaims {
  return {
    info: readValue(claims, 'info'),
    data: readValue(claims, 'data'),
    override: readOverride(claims.override),
  }
}

/** Ids that are numbers are common in claims of one's own; Centrifugo takes them there, but not in `sub`. */
function readUser(claims: Claims, userClaim = 'sub'): string {
  const value = claims[userClaim]
  return userClaim !== 'sub' && Number.isSafeInteger(value) ? String(value) : readText(claims, userClaim)
}

function readChannels(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every((channel) => typeof channel === 'string'))
    throw invalid('channels')
  return value
}

function readSubs(value: unknown): ConnectionToken['subs'] {
  if (value === undefined || value === null) return undefined
  const entries = Object.entries(readObject(value, 'subs'))
  return Object.fromEntries(
    entries.map(([channel, claims]) => [channel, readSubscriptionClaims(readObject(claims, 'subs'))]),
  )
}

/** A value that is left out is false: so Centrifugo's own types write it. */
function readOverride(value: unknown): ChannelOverride | undefined {
  if (value === undefined || value === null) return undefined
  const given = readObject(value, 'override')
  const names = overridable.filter((name) => given[name] !== undefined && given[name] !== null)
  return Object.fromEntries(
    names.map((name) => {
      const { value: flag = false } = readObject(given[name], 'override')
      if (typeof flag !== 'boolean') throw invalid('override')
      return [name, flag]
    }),
  )
}
