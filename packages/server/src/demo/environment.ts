import { ConfigError, isLoopback } from '../config.ts'

type Environment = Record<string, string | undefined>

/** No secret: printed at start and written in the documentation, so that the samples there work as they are. */
export const DEMO_HOST_TOKEN = 'the-demo-host-token-is-not-a-secret'

/** Where the demo differs from a server in earnest; a variable that is set still wins. */
const DEFAULTS: Environment = {
  // A folder of its own: its users must never mix with real ones.
  PARLEY_DATA: './data/demo',
  PARLEY_HOST_TOKEN: DEMO_HOST_TOKEN,
  PARLEY_LOG_LEVEL: 'warn',
}

/** The environment of a demo. Throws ConfigError where other machines could reach it, or it them. */
export function demoEnvironment(env: Environment): Environment {
  const host = env['HOST']?.trim()
  if (host && !isLoopback(host)) {
    throw new ConfigError(
      `HOST is ${host}, but the demo lets anybody sign in as anybody and so listens on this machine alone: ` +
        'unset HOST, or start without --demo (npm run serve).',
    )
  }
  if (env['DATABASE_URL']?.trim()) {
    throw new ConfigError(
      'DATABASE_URL is set, but the demo lets anybody sign in as anybody and so keeps to a database of its own: ' +
        'unset DATABASE_URL, or start without --demo (npm run serve).',
    )
  }
  const given = Object.entries(env).filter(([, value]) => value?.trim())
  return { ...env, ...DEFAULTS, ...Object.fromEntries(given) }
}
