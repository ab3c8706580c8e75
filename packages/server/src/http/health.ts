import type { FastifyPluginAsync } from 'fastify'
import type { Queryable } from '../db/database.ts'

export interface HealthOptions {
  db: Queryable
  version: string
  /** False once the server is on its way down. */
  accepting: () => boolean
}

export const healthRoutes: FastifyPluginAsync<HealthOptions> = async (app, { db, version, accepting }) => {
  const schema = { hide: true }
  app.get('/health', { schema, logLevel: 'warn' }, async () => ({ status: 'ok', version }))

  app.get('/health/ready', { schema, logLevel: 'warn' }, async (_request, reply) => {
    const ready = accepting() && (await answers(db))
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready' })
  })
}

const answers = (db: Queryable) =>
  db.query('select 1').then(
    () => true,
    () => false,
  )
