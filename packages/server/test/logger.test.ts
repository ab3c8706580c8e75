import { randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import fastify, { type FastifyInstance, type RouteHandlerMethod } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ChatError } from '../src/core/errors.ts'
import { createLogger, nameUser } from '../src/logger.ts'

/** Part of every secret and every text below; it must never be seen in a line. */
const MARK = 'Zq8'

const headers = {
  cookie: `PARTIZAP_SESSION=${MARK}; CSRF_TOKEN=${MARK}`,
  authorization: `Bearer ${MARK}`,
  'x-csrf-token': MARK,
  'x-api-key': MARK,
}
const payload = { text: `I said ${MARK} "and ${MARK}" and\n    at ${MARK} (${MARK}:1:1)` }

describe('a request', () => {
  test('is told by method, path, status, time, request id and user', async () => {
    const { app, lines } = startApp()
    app.post('/messages/:id', async (request) => {
      nameUser(request.log, '42')
      return {}
    })
    await app.inject({ method: 'POST', url: `/messages/7?token=${MARK}`, headers, payload })
    expect(lines()).toEqual([
      expect.objectContaining({
        reqId: expect.any(String) as unknown,
        req: { method: 'POST', path: '/messages/7' },
      }),
      expect.objectContaining({
        level: 30,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
        reqId: lines()[0]?.reqId,
        userId: '42',
        res: { method: 'POST', path: '/messages/7', status: 200 },
        responseTime: expect.any(Number) as unknown,
      }),
    ])
  })

  test('of another user never carries this one', async () => {
    const { app, lines } = startApp()
    app.get('/me', async (request) => {
      nameUser(request.log, '42')
      return {}
    })
    app.get('/nobody', async () => ({}))
    await app.inject('/me')
    await app.inject('/nobody')
    expect(
      lines()
        .filter((line) => line.userId)
        .map((line) => line.res),
    ).toEqual([{ method: 'GET', path: '/me', status: 200 }])
  })
})

test('a request that comes while the server closes is told by its status', async () => {
  const { app, lines } = startApp()
  app.get('/slow', async () => {
    void app.close()
    await app.inject('/late')
    return {}
  })
  await app.inject('/slow')
  expect(lines()).toContainEqual(expect.objectContaining({ res: { status: 503 } }))
})

describe('no secret and nobody’s text can be read', () => {
  test.each<[what: string, act: (app: FastifyInstance) => unknown]>([
    ['in a request that succeeds', (app) => send(app, async (request) => ({ echo: request.body }))],
    ['where there is no route', (app) => app.inject({ url: `/nowhere?token=${MARK}`, headers })],
    [
      'in a session that is ended by its own value',
      (app) => app.inject({ method: 'DELETE', url: `/host/sessions/${MARK}` }),
    ],
    ['in the address of an image', (app) => app.inject(`/blobs/chat/1/${MARK}.png`)],
    ['in broken JSON', (app) => send(app, async () => ({}), `{"text": ${MARK}`)],
    ['in a body that fails its schema', (app) => sendAgainstSchema(app)],
    [
      'in an error that quotes its input',
      (app) => send(app, async () => JSON.parse(payload.text) as unknown),
    ],
    ['in an error of the database', (app) => send(app, async () => Promise.reject(databaseError()))],
    ['in an error behind an error', (app) => send(app, failWithCause)],
    [
      'in a refusal of ours',
      (app) => send(app, async () => Promise.reject(new ChatError('invalid', `"${MARK}"`))),
    ],
    ['in something thrown that is no error', (app) => send(app, throwText)],
    ['in a reply sent twice', (app) => send(app, sendTwice)],
    ['in a set cookie', (app) => send(app, async (_, reply) => reply.header('set-cookie', MARK).send({}))],
  ])('%s', async (_, act) => {
    const { app, text } = startApp()
    await act(app)
    expect(text()).toContain('reqId')
    expect(text()).not.toContain(MARK)
  })

  test('in what somebody logs on purpose', async () => {
    const { app, text } = startApp()
    await send(app, async (request) => {
      const { body, query, headers } = request
      request.log.info({ body, query, headers }, 'received')
      request.log.info({ input: { body, deep: [{ Authorization: MARK, token: MARK }] } })
      request.log.info({ url: request.url, bytes: Buffer.from(MARK) }, `calling ${request.url} now`)
      request.log.warn({ message: payload, failure: databaseError() })
      request.log.error(databaseError())
      request.log.error({ err: databaseError() })
      return {}
    })
    expect(text()).toContain('calling /send?[hidden] now')
    expect(text()).not.toContain(MARK)
    expect(text()).not.toContain(String(Buffer.from(MARK)[0]) + ',')
  })
})

test('an error keeps what helps to find it', async () => {
  const { app, lines } = startApp()
  await send(app, async () => Promise.reject(databaseError()))
  const line = lines().find((line) => line.err)
  expect(line).toMatchObject({ level: 50, msg: 'duplicate key value violates "[hidden]"' })
  expect(line?.err).toMatchObject({
    type: 'Error',
    code: '23505',
    message: 'duplicate key value violates "[hidden]"',
  })
  expect(line?.err).toHaveProperty(
    'stack',
    expect.stringMatching(/^ +at databaseError \(.*logger\.test\.ts:\d+:\d+\)\n/),
  )
  expect(line?.err).not.toHaveProperty('detail')
})

test('what is below the level is not written', () => {
  const { log, text } = startLog('warn')
  log.info('quiet')
  log.warn('loud')
  expect(text()).toMatch(/^\{"level":40,.*"msg":"loud"\}\n$/)
})

function startLog(level: 'info' | 'warn') {
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk.toString())
      done()
    },
  })
  return { log: createLogger(level, stream), text: () => chunks.join('') }
}

function startApp() {
  const { log, text } = startLog('info')
  const app = fastify({ loggerInstance: log, genReqId: () => randomUUID() })
  onTestFinished(() => app.close())
  const lines = () =>
    text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { app, text, lines }
}

async function send(app: FastifyInstance, handler: RouteHandlerMethod, body: string | object = payload) {
  app.post('/send', handler)
  const type = { 'content-type': 'application/json' }
  return app.inject({
    method: 'POST',
    url: `/send?token=${MARK}`,
    headers: { ...headers, ...type },
    payload: body,
  })
}

async function sendAgainstSchema(app: FastifyInstance) {
  app.post(
    '/checked',
    { schema: { body: { type: 'object', properties: { text: { enum: ['a'] } } } } },
    async () => ({}),
  )
  return app.inject({ method: 'POST', url: `/checked?token=${MARK}`, headers, payload })
}

async function failWithCause(): Promise<never> {
  throw new Error('sending failed', { cause: databaseError() })
}

async function throwText(): Promise<never> {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- libraries do it
  throw payload.text
}

const sendTwice: RouteHandlerMethod = async (_, reply) => {
  await reply.send({})
  return reply.send({})
}

/** As `pg` throws them. */
function databaseError(): Error {
  const error = new Error(`duplicate key value violates "${payload.text}"`)
  return Object.assign(error, {
    code: '23505',
    detail: `Key (text)=(${MARK}) already exists.`,
    parameters: [MARK],
  })
}
