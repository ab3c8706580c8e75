#!/usr/bin/env node
import packageJson from '../package.json' with { type: 'json' }
import { announceFirstStart, bannerOf } from './banner.ts'
import { readCommand, USAGE, type Command } from './command.ts'
import { ConfigError, readConfig } from './config.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { claimDatabase } from './demo/claim.ts'
import { demoEnvironment } from './demo/environment.ts'
import { demo, refuseOtherNames } from './demo/plugin.ts'
import { seedDemo } from './demo/seed.ts'
import { prepareWebApp } from './demo/web-start.ts'
import { createLogger } from './logger.ts'
import { createServer } from './server.ts'
import type { Server } from './server.ts'

/** After this long whatever still hangs is given up. */
const SHUTDOWN_MS = 9_500
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
  const { db, description } = await opening
  try {
    const applied = await migrate(db)
    if (isMigration) print(migrationReport(applied))
    else await serve({ config, db, logger, description, isDemo, webFolder, databaseGone })
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

interface Start {
  config: Config
  db: Database
  logger: ReturnType<typeof createLogger>
  description: string
  isDemo: boolean
  webFolder: string | null
  databaseGone: Promise<'database gone'>
}

/** Resolves once the server has been told to stop, or cannot go on, and has. */
async function serve(start: Start): Promise<void> {
  const { config, db, logger, description, isDemo, databaseGone } = start
  if (isDemo) await claimDatabase(db, config.dataFolder)
  const admit = isDemo ? refuseOtherNames : undefined
  const server = await createServer({ config, db, logger, version, admit })
  const told = nextSignal()
  try {
    if (isDemo) await addDemo(server, start)
    const address = await server.app.listen({ port: config.port, host: config.host })
    const took = performance.now()
    print(bannerOf(config, { address, database: description, version, took, isDemo }))
    const reason = await Promise.race([told, databaseGone])
    if (reason === 'database gone') {
      // A supervisor starts another process, which opens the database anew.
      process.exitCode = 1
      logger.fatal(`${reason}: closing`)
    } else logger.info(`${reason}: closing`)
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref()
  } finally {
    await server.close()
  }
}

async function addDemo({ app, chat, authentication }: Server, { config, webFolder }: Start): Promise<void> {
  await seedDemo(chat)
  await app.register(demo, { chat, authentication, sessionCookie: config.sessionCookie, webFolder })
}

const print = (text: string): void => void process.stdout.write(text)

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}

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
