import type { FastifyBaseLogger } from 'fastify'
import { bannerOf } from './banner.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { claimDatabase } from './demo/claim.ts'
import { demo, refuseOtherNames } from './demo/plugin.ts'
import { seedDemo } from './demo/seed.ts'
import { createServer } from './server.ts'
import type { Server } from './server.ts'

/** Connections that may wait to be taken up: all clients come back at once. The system has a limit of its own. */
const BACKLOG = 4096

/** After this long whatever still hangs is given up. */
const SHUTDOWN_MS = 9_500

interface Start {
  config: Config
  db: Database
  logger: FastifyBaseLogger
  /** Of the database, for people. */
  description: string
  version: string
  isDemo: boolean
  webFolder: string | null
  databaseGone: Promise<'database gone'>
}

/** Resolves once the server has been told to stop, or cannot go on, and has. */
export async function serve(start: Start): Promise<void> {
  const { config, db, logger, description, version, isDemo, databaseGone } = start
  if (isDemo) await claimDatabase(db, config.dataFolder)
  const admit = isDemo ? refuseOtherNames : undefined
  const server = await createServer({ config, db, logger, version, admit })
  const told = nextSignal()
  try {
    if (isDemo) await addDemo(server, start)
    const address = await server.app.listen({ port: config.port, host: config.host, backlog: BACKLOG })
    const took = performance.now()
    process.stdout.write(bannerOf(config, { address, database: description, version, took, isDemo }))
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

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}
