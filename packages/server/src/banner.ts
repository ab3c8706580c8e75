import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { isLoopback } from './config.ts'
import type { Config } from './config.ts'
import { everybody } from './demo/content.ts'
import { DEMO_HOST_TOKEN } from './demo/environment.ts'

export interface BannerFacts {
  address: string
  database: string
  version: string
  /** How long the start took, in milliseconds. */
  took: number
  isDemo: boolean
}

/** Making the embedded database takes a while: says so before, and nothing where there is one. */
export function announceFirstStart({ databaseUrl, dataFolder }: Config): string {
  const folder = join(dataFolder, 'postgres')
  if (databaseUrl !== undefined || existsSync(folder)) return ''
  return `First start: creating a database in ${folder}. This takes a few seconds …\n`
}

const PAGES = [
  '/docs/marketplace',
  '/docs/workspace',
  '/docs/rooms',
  '/docs/dialogs',
  '/asyncapi/sockets.json',
]

/** What an operator wants to know at start: where it listens, what it keeps where, what is insecure. */
export function bannerOf(config: Config, facts: BannerFacts): string {
  const { address, database, version, took, isDemo } = facts
  const name = styleText('bold', `Parley ${version}${isDemo ? ', demo' : ''}`)
  const lines = [
    '',
    `${name}: listening at ${address}, ready in ${(took / 1000).toFixed(1)} s`,
    '',
    ...table('Open', isDemo ? [styleText('bold', address)] : []),
    ...table('Data', [`${database}; files in ${join(config.dataFolder, 'blobs')}`]),
    ...table(
      'API',
      PAGES.map((page) => `${address}${page}`),
    ),
    ...table('Realtime', [`${address.replace('http', 'ws')}/connection/websocket (Centrifugo protocol)`]),
    ...table('Host API', [hostApi(config, facts)]),
    ...table('Tokens', takesTokens(config) ? [] : ['off (set PARLEY_JWT_SECRETS or PARLEY_JWKS_URL)']),
    ...table('Sign in', isDemo ? signInLinks(address) : []),
    ...table('Try', isDemo ? ['npm run example, in another terminal'] : []),
    ...table('INSECURE', warningsOf(config, isDemo)),
    '',
  ]
  return `${lines.join('\n')}\n`
}

/** The label stands beside the first row alone. */
const table = (label: string, rows: string[]) =>
  rows.map((row, index) => `  ${(index === 0 ? label : '').padEnd(10)} ${row}`)

const takesTokens = ({ jwtSecrets, jwksUrl }: Config) => jwtSecrets.length > 0 || jwksUrl !== undefined

function hostApi({ hostToken }: Config, { address }: BannerFacts): string {
  if (hostToken === undefined) return 'off; set PARLEY_HOST_TOKEN to use it'
  return `${address}/docs/host${hostToken === DEMO_HOST_TOKEN ? `, bearer token ${hostToken}` : ''}`
}

function signInLinks(address: string): string[] {
  const width = Math.max(...everybody.map(({ name }) => name.length))
  return everybody.map(({ id, name }) => `${name.padEnd(width)}  ${address}/demo/sign-in/${id}`)
}

function warningsOf(config: Config, isDemo: boolean): string[] {
  const warnings: string[] = []
  if (isDemo)
    warnings.push('Anybody on this machine can sign in as anybody. Keep real people out of the demo.')
  if (config.trustClientIds)
    warnings.push('PARLEY_TRUST_CLIENT_IDS: whoever reaches this server can be any user.')
  for (const url of config.webhookUrls.map((text) => new URL(text))) {
    if (url.protocol === 'http:' && !isLoopback(url.hostname))
      warnings.push(`Webhooks go to ${url.origin} in the clear: whoever is on the way reads them.`)
  }
  if (config.webhookAllowPrivate)
    warnings.push('PARLEY_WEBHOOK_ALLOW_PRIVATE: webhooks may go to this machine and its neighbours.')
  if (!isLoopback(config.host) && !config.publicUrl?.startsWith('https:')) {
    warnings.push(
      `HOST ${config.host} is reachable from other machines: put TLS before it, then set PARLEY_PUBLIC_URL=https://…`,
    )
  }
  return warnings
}
