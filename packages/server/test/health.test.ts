import Fastify from 'fastify'
import { expect, it } from 'vitest'
import type { Queryable } from '../src/db/database.ts'
import { DatabaseUnavailable, isConnectionLost } from '../src/db/errors.ts'
import { refusalOf } from '../src/http/errors.ts'
import { healthRoutes } from '../src/http/health.ts'

async function ready(query: Queryable['query'], accepting = true) {
  const app = Fastify()
  const db: Queryable = { query, execute: () => Promise.resolve() }
  await app.register(healthRoutes, { db, version: '1', accepting: () => accepting })
  const { statusCode, body } = await app.inject('/health/ready')
  await app.close()
  return [statusCode, JSON.parse(body) as unknown]
}

const answer = () => Promise.resolve([])

it('is ready while the database answers and the server accepts', async () => {
  expect(await ready(answer)).toEqual([200, { status: 'ready' }])
  expect(await ready(answer, false)).toEqual([503, { status: 'not_ready' }])
  expect(await ready(() => Promise.reject(new Error('gone')))).toEqual([503, { status: 'not_ready' }])
})

it('does not wait for a database that hangs', async () => {
  expect(await ready(() => new Promise(() => undefined))).toEqual([503, { status: 'not_ready' }])
})

it('tells a lost database from a fault of ours', () => {
  expect(refusalOf(new DatabaseUnavailable('secret host'))).toEqual({
    code: 'unavailable',
    message: 'The server cannot answer just now. Try again in a moment.',
  })
  expect(refusalOf(new Error('a bug'))).toBeNull()
  expect(isConnectionLost(new Error('Connection terminated unexpectedly'))).toBe(true)
  expect(isConnectionLost(Object.assign(new Error('read'), { code: 'ECONNRESET' }))).toBe(true)
  expect(isConnectionLost(new Error('something else'))).toBe(false)
})
