import packageJson from '../package.json' with { type: 'json' }
import { announceFirstStart } from './banner.ts'
import { readCommand, USAGE, type Command } from './command.ts'
import { ConfigError, readConfig } from './config.ts'
import type { Database } from './db/database.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { demoEnvironment } from './demo/environment.ts'
import { prepareWebApp } from './demo/web-start.ts'
import { createLogger } from './logger.ts'

const { version } = packageJson

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2))
  if (command.help) print(USAGE)
  else if (command.version) print(`${version}\n`)
  else await run(command)
}

async function run({ demo: isDemo, migrate: isMigration }: Command): Promise<void> {
  const config = readConfig(isDemo ? demoEnvironment(process.env) : process.env)
  const logger = createLogger(config.logLevel)
  const webFolder = isDemo && !isMigration ? await prepareWebApp(process.stdout) : null
  print(announceFirstStart(config))
  const { promise: databaseGone, resolve: giveUp } = Promise.withResolvers<'database gone'>()
  const opening = openDatabase({
    databaseUrl: config.databaseUrl,
    dataDir: config.dataFolder,
    onError(error) {
      logger.error({ err: error }, 'database')
      void opening
        .then(async ({ db }) => (await isGone(db)) && giveUp('database gone'))
        .catch(() => undefined)
    },
  })
  // Most of the program, which is loaded while the database opens on its own thread.
  const loading = isMigration ? null : import('./serve.ts')
  // Whoever awaits it is told.
  loading?.catch(() => undefined)
  const { db, description } = await opening
  try {
    const applied = await migrate(db)
    if (loading === null) print(migrationReport(applied))
    else {
      const { serve } = await loading
      await serve({ config, db, logger, description, version, isDemo, webFolder, databaseGone })
    }
  } finally {
    await db.close()
  }
}

/** One that is embedded does not come back within its process; a real PostgreSQL is connected to again. */
async function isGone(db: Database): Promise<boolean> {
  if (db.kind !== 'embedded') return false
  return db.query('select 1').then(
    () => false,
    () => true,
  )
}

const migrationReport = (applied: string[]) =>
  applied.length === 0 ? 'The database is up to date.\n' : applied.map((name) => `Applied ${name}\n`).join('')

const print = (text: string): void => void process.stdout.write(text)

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
})

/** What an operator can put right is said in a sentence; a fault of ours keeps its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, port = '' } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Stop what listens there, or set PORT to another one.`
  if (code === 'EACCES') return `${error.message}: this user may not do that.`
  return error.name === 'Error' || error instanceof ConfigError ? error.message : String(error.stack)
}
