import { parseArgs } from 'node:util'
import { ConfigError } from './config.ts'

export const USAGE = `Usage: parley [migrate] [--demo]

  migrate        bring the database up to this version and end; every start does so too

  --demo         a small marketplace to look around in, on this machine only; builds its web app when needed
  -h, --help     show this
  -v, --version  show the version

Settings are environment variables, such as PORT and DATABASE_URL: see docs/configuration.md.
`

export interface Command {
  migrate: boolean
  demo: boolean
  help: boolean
  version: boolean
}

/** Throws ConfigError for whatever it does not know. */
export function readCommand(args: string[]): Command {
  const flag = { type: 'boolean', default: false } as const
  const options = { demo: flag, help: { ...flag, short: 'h' }, version: { ...flag, short: 'v' } }
  const migrate = args[0] === 'migrate'
  try {
    return { ...parseArgs({ args: migrate ? args.slice(1) : args, options }).values, migrate }
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : ''}.\n\n${USAGE}`)
  }
}
