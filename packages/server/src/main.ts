#!/usr/bin/env node
import packageJson from '../package.json' with { type: 'json' }
import { bannerOf } from './banner.ts'
import { ConfigError, readConfig } from './config.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { createLogger } from './logger.ts'
import { createServer } from './server.ts'

/** After this long whatever still hangs is given up. */
const SHUTDOWN_MS = 9_500

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const logger = createLogger(config.logLevel)
  const { version } = packageJson
  const { db, description } = await openDatabase({
    databaseUrl: config.databaseUrl,
    dataDir: config.dataFolder,
  })
  await migrate(db)
  const server = await createServer({ config, db, logger, version })
  const address = await server.app.listen({ port: config.port, host: config.host })
  const took = Math.round(performance.now())
  process.stdout.write(bannerOf(config, { address, database: description, version, took }))

  const signal = await nextSignal()
  logger.info(`${signal}: closing`)
  setTimeout(() => process.exit(1), SHUTDOWN_MS).unref()
  await server.close()
  await db.close()
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError
  process.stderr.write(`${expected ? error.message : String(error instanceof Error ? error.stack : error)}\n`)
  process.exitCode = 1
})
