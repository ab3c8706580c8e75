import { setTimeout } from 'node:timers/promises'
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

/** A database that takes longer than this is not there, for whoever asks. */
const ANSWER_MS = 2_000

function answers(db: Queryable): Promise<boolean> {
  const asked = db.query('select 1').then(
    () => true,
    () => false,
  )
  const given = new AbortController()
  const late = setTimeout(ANSWER_MS, false, { signal: given.signal }).catch(() => false)
  return Promise.race([asked, late]).finally(() => given.abort())
}
