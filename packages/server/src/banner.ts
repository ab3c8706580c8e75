import { isLoopback } from './config.ts'
import type { Config } from './config.ts'

export interface BannerFacts {
  address: string
  database: string
  version: string
  /** How long the start took, in milliseconds. */
  took: number
}

/** What an operator wants to know at start: where it listens, what it keeps where, what is insecure. */
export function bannerOf(config: Config, { address, database, version, took }: BannerFacts): string {
  const lines = [
    `Parley ${version} listens at ${address} (ready in ${took} ms)`,
    `  data       ${database}; files in ${config.dataFolder}/blobs`,
    `  API        ${address}/docs/marketplace`,
    `  realtime   ${address.replace('http', 'ws')}/connection/websocket (Centrifugo protocol)`,
    `  host API   ${config.hostToken === undefined ? 'off: set PARLEY_HOST_TOKEN' : `${address}/docs/host`}`,
    ...warningsOf(config).map((warning) => `  INSECURE   ${warning}`),
  ]
  return `${lines.join('\n')}\n`
}

function warningsOf(config: Config): string[] {
  const warnings: string[] = []
  if (config.trustClientIds)
    warnings.push('PARLEY_TRUST_CLIENT_IDS: whoever reaches this server can be any user')
  if (!isLoopback(config.host) && !config.publicUrl?.startsWith('https:')) {
    warnings.push(
      `HOST ${config.host} is reachable from other machines: put TLS before it, then set PARLEY_PUBLIC_URL=https://…`,
    )
  }
  return warnings
}
