import { isIPv4 } from 'node:net'
import { z } from 'zod'
import {
  cookieName,
  flag,
  hostToken,
  httpUrl,
  integer,
  list,
  origin,
  postgresUrl,
  secret,
  text,
} from './config-values.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/**
 * Every variable that Parley reads, as docs/configuration.md lists them.
 * @internal exported for the test of that table
 */
export const variables = z.object({
  PORT: integer(0, 65_535).prefault('8080'),
  HOST: text().prefault('127.0.0.1'),
  DATABASE_URL: postgresUrl().optional(),
  PARLEY_DATA: text().prefault('./data'),
  PARLEY_PUBLIC_URL: origin().optional(),
  PARLEY_ALLOWED_ORIGINS: list(origin()).optional(),
  PARLEY_HOST_TOKEN: hostToken().optional(),
  PARLEY_ADMIN_TOKENS: list(hostToken()).optional(),
  PARLEY_JWT_SECRETS: list(secret()).optional(),
  PARLEY_JWKS_URL: httpUrl().optional(),
  PARLEY_JWT_USER_CLAIM: text().prefault('sub'),
  PARLEY_SESSION_COOKIE: cookieName().prefault('PARTIZAP_SESSION'),
  PARLEY_TRUST_CLIENT_IDS: flag().prefault('false'),
  PARLEY_TRUST_CLIENT_IDS_ANYWHERE: flag().prefault('false'),
  PARLEY_TRUST_PROXY: flag().prefault('false'),
  PARLEY_RATE_LIMIT: integer(0, 1_000_000).prefault('1200'),
  PARLEY_ROOMS_EDIT_MINUTES: integer(1, 525_600).prefault('15'),
  PARLEY_ROOMS_FILE_MB: integer(1, 1024).prefault('10'),
  PARLEY_AUTO_ARCHIVE_DAYS: integer(0, 3650).prefault('3'),
  PARLEY_LINK_PREVIEWS: flag().prefault('true'),
  PARLEY_WEBHOOK_URLS: list(httpUrl()).optional(),
  PARLEY_WEBHOOK_SECRET: secret().optional(),
  PARLEY_WEBHOOK_ALLOW_PRIVATE: flag().prefault('false'),
  PARLEY_RECOVERY_HOURS: integer(1, 8760).prefault('24'),
  PARLEY_RECOVERY_EVENTS: integer(1, 100_000).prefault('300'),
  PARLEY_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).prefault('info'),
})

export interface Config {
  /** 0: the system picks one. */
  port: number
  host: string
  /** Undefined: the embedded database in the data folder. */
  databaseUrl: string | undefined
  dataFolder: string
  publicUrl: string | undefined
  allowedOrigins: string[]
  /** Undefined: the host API is off. */
  hostToken: string | undefined
  /** Of those who manage dialogs; without any, nobody does. */
  adminTokens: string[]
  jwtSecrets: string[]
  jwksUrl: string | undefined
  jwtUserClaim: string
  sessionCookie: string
  trustClientIds: boolean
  trustProxy: boolean
  /** Requests per minute and user; 0 is off. */
  rateLimit: number
  /** For how many minutes after it was sent a message of the rooms dialect may be edited there. */
  roomsEditMinutes: number
  /** How many megabytes a file that is sent there may have. */
  roomsFileMegabytes: number
  /** After how many days without a message a dialog is put out of everybody's way; 0 is never. */
  autoArchiveDays: number
  linkPreviews: boolean
  /** Where the host application is told what happens; none is off. */
  webhookUrls: string[]
  /** There where there are URLs. */
  webhookSecret: string
  /** Whether they may be of this machine or its neighbours. */
  webhookAllowPrivate: boolean
  recoveryHours: number
  recoveryEvents: number
  logLevel: (typeof LOG_LEVELS)[number]
}

/** The message lists every fault, each with the name of its variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** A variable that is set to nothing counts as unset. Throws ConfigError. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()))
  const parsed = variables.safeParse(given)
  const faults = [
    ...schemaFaults(parsed.error),
    ...exposureFaults(given),
    ...webhookFaults(given),
    ...unknownFaults(env),
  ]
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(['The configuration is not valid:', ...faults].join('\n  '))
  }
  return toConfig(parsed.data)
}

function toConfig(read: z.infer<typeof variables>): Config {
  return {
    port: read.PORT,
    host: read.HOST,
    databaseUrl: read.DATABASE_URL,
    dataFolder: read.PARLEY_DATA,
    publicUrl: read.PARLEY_PUBLIC_URL,
    allowedOrigins: read.PARLEY_ALLOWED_ORIGINS ?? [],
    hostToken: read.PARLEY_HOST_TOKEN,
    adminTokens: read.PARLEY_ADMIN_TOKENS ?? [],
    jwtSecrets: read.PARLEY_JWT_SECRETS ?? [],
    jwksUrl: read.PARLEY_JWKS_URL,
    jwtUserClaim: read.PARLEY_JWT_USER_CLAIM,
    sessionCookie: read.PARLEY_SESSION_COOKIE,
    trustClientIds: read.PARLEY_TRUST_CLIENT_IDS,
    trustProxy: read.PARLEY_TRUST_PROXY,
    rateLimit: read.PARLEY_RATE_LIMIT,
    roomsEditMinutes: read.PARLEY_ROOMS_EDIT_MINUTES,
    roomsFileMegabytes: read.PARLEY_ROOMS_FILE_MB,
    autoArchiveDays: read.PARLEY_AUTO_ARCHIVE_DAYS,
    linkPreviews: read.PARLEY_LINK_PREVIEWS,
    webhookUrls: [...new Set(read.PARLEY_WEBHOOK_URLS)],
    webhookSecret: read.PARLEY_WEBHOOK_SECRET ?? '',
    webhookAllowPrivate: read.PARLEY_WEBHOOK_ALLOW_PRIVATE,
    recoveryHours: read.PARLEY_RECOVERY_HOURS,
    recoveryEvents: read.PARLEY_RECOVERY_EVENTS,
    logLevel: read.PARLEY_LOG_LEVEL,
  }
}

/** Whether a listener on this host can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

function schemaFaults(error: z.ZodError | undefined): string[] {
  return (error?.issues ?? []).map((issue) => {
    const [name, position] = issue.path
    const entry = typeof position === 'number' ? ` (entry ${position + 1})` : ''
    return `${String(name)}${entry} ${issue.message}`
  })
}

function exposureFaults(env: Record<string, string | undefined>): string[] {
  const trusting = env.PARLEY_TRUST_CLIENT_IDS === 'true' && env.PARLEY_TRUST_CLIENT_IDS_ANYWHERE !== 'true'
  if (!trusting || env.HOST === undefined || isLoopback(env.HOST.trim())) return []
  return [
    'PARLEY_TRUST_CLIENT_IDS lets anybody who reaches HOST be any user: set HOST to 127.0.0.1, or ' +
      'PARLEY_TRUST_CLIENT_IDS_ANYWHERE=true where only trusted machines reach it',
  ]
}

function webhookFaults(env: Record<string, string | undefined>): string[] {
  if (env.PARLEY_WEBHOOK_URLS === undefined || env.PARLEY_WEBHOOK_SECRET !== undefined) return []
  return ['PARLEY_WEBHOOK_SECRET must be set where PARLEY_WEBHOOK_URLS is: receivers know by it who calls']
}

function unknownFaults(env: Record<string, string | undefined>): string[] {
  const unknown = Object.keys(env).filter((name) => name.startsWith('PARLEY_') && !(name in variables.shape))
  return unknown.map((name) => `${name} is not known; did you mean ${nearestName(name)}?`)
}

function nearestName(name: string): string {
  const bare = (text: string) => text.replace('PARLEY_', '')
  const distance = (known: string) => editDistance(bare(name), bare(known))
  return Object.keys(variables.shape).reduce((best, known) =>
    distance(known) < distance(best) ? known : best,
  )
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, from] of Array.from(a).entries()) {
    const next = [i + 1]
    for (const [j, to] of Array.from(b).entries()) {
      const replaced = (row[j] ?? 0) + (from === to ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
