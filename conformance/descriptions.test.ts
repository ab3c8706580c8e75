import { Parser } from '@asyncapi/parser'
import { validate } from '@scalar/openapi-parser'
import { dialogsClientMessages, dialogsServerEvents } from '@parley/wire/dialogs-events'
import { directClientEvents, directServerEvents } from '@parley/wire/direct'
import { roomsClientEvents, roomsServerEvents } from '@parley/wire/rooms-events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { request } from './support/http.ts'
import { discard, startServer, type Server } from './support/server.ts'

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
  await discard(server)
})

test.each(['marketplace', 'workspace', 'rooms', 'dialogs', 'host'])(
  '%s is described in valid OpenAPI 3.1',
  async (name) => {
    const { status, body } = await request('GET', `${server.url}/openapi/${name}.json`)
    expect(status).toBe(200)
    const { valid, errors, version } = await validate(JSON.stringify(body))
    expect({ valid, errors, version }).toEqual({ valid: true, errors: [], version: '3.1' })
  },
)

const idsOf = (dialect: string, events: object) => Object.keys(events).map((event) => `${dialect}.${event}`)

test('every event on Socket.IO and every frame is described as the AsyncAPI parser wants it', async () => {
  const { status, body } = await request('GET', `${server.url}/asyncapi/sockets.json`)
  expect(status).toBe(200)
  const { document, diagnostics } = await new Parser().parse(JSON.stringify(body))
  // That there is a later version than 3.0 is no fault.
  expect(diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')).toEqual([])

  const operations = document?.operations().all() ?? []
  const described = (action: string) =>
    operations.filter((operation) => operation.action() === action).map((operation) => operation.id())
  expect(described('receive').sort()).toEqual(
    [
      ...idsOf('rooms', roomsClientEvents),
      ...idsOf('direct', directClientEvents),
      ...idsOf('dialogs', dialogsClientMessages),
    ].sort(),
  )
  expect(described('send').sort()).toEqual(
    [
      ...idsOf('rooms', roomsServerEvents),
      ...idsOf('direct', directServerEvents),
      ...idsOf('dialogs', dialogsServerEvents),
    ].sort(),
  )
  for (const operation of operations) {
    const [message] = operation.messages().all()
    expect([operation.id(), message?.name()]).toEqual([operation.id(), operation.id()?.replace(/^\w+\./, '')])
    expect(message?.payload()?.json()).toBeTypeOf('object')
  }
})
