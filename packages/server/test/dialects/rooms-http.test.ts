import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { openRooms, refusal } from '../support/rooms.ts'
import type { Rooms } from '../support/rooms.ts'

interface Operation {
  operationId: string
  summary: string
  tags: string[]
  requestBody?: { required: boolean; content: object }
  responses: Record<string, { description: string; content: object }>
}

interface Description {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: object; schemas: Record<string, { properties: Record<string, unknown> }> }
  security: object[]
}

/** The document's table, and how each may refuse besides as all do. */
const OPERATIONS: Record<string, number[]> = {
  'POST /api/chat': [400, 404, 413, 415],
  'POST /api/chat/purchase-request': [400, 404, 413, 415],
  'POST /api/chat/support': [400, 409, 413, 415],
  'GET /api/chat': [400],
  'GET /api/chat/stats': [],
  'GET /api/chat/{id}/info': [404],
  'PATCH /api/chat/{id}/archive': [404],
  'POST /api/chat/{id}/participants': [400, 404, 409, 413, 415],
  'DELETE /api/chat/{id}/participants/{participantId}': [404, 409],
  'GET /api/chat/{id}/messages': [400, 404],
  'POST /api/chat/{id}/messages': [400, 404, 409, 413, 415],
  'POST /api/chat/{id}/messages/file': [400, 404, 409, 413, 415],
  'PATCH /api/chat/{id}/messages/read': [404],
  'PUT /api/chat/{id}/messages/{messageId}': [400, 404, 409, 413, 415],
  'DELETE /api/chat/{id}/messages/{messageId}': [404, 409],
}

eachStore('the rooms dialect over HTTP', (database) => {
  let rooms: Rooms

  beforeAll(async () => {
    rooms = await openRooms(database(), { PARLEY_RATE_LIMIT: '5' })
  })
  afterAll(() => rooms.close())

  describe('describes itself', () => {
    const load = async () => (await rooms.server.app.inject('/openapi/rooms.json')).json<Description>()

    const all = ({ paths }: Description) =>
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({
          ...operation,
          name: `${method.toUpperCase()} ${path}`,
        })),
      )

    it('by what the document lists, and every refusal that it may give', async () => {
      const description = await load()
      expect(description.openapi).toMatch(/^3\.1\./)
      const refusals = all(description).map(({ name, responses }) => [
        name,
        Object.keys(responses)
          .map(Number)
          .filter((status) => status >= 400),
      ])
      const documented = Object.entries(OPERATIONS).map(([name, more]) => [
        name,
        [401, 403, 429, 503, ...more].sort((a, b) => a - b),
      ])
      expect(Object.fromEntries(refusals)).toEqual(Object.fromEntries(documented))
    })

    it('with a name, a summary and a tag of each, and what each status means', async () => {
      const operations = all(await load())
      expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
      for (const { name, summary, tags, responses } of operations) {
        expect(summary).not.toBe('')
        expect(tags).toEqual([name.includes('messages') ? 'Messages' : 'Chats'])
        for (const { description, content } of Object.values(responses)) {
          expect(description).not.toMatch(/^(Default Response|)$/)
          expect(Object.keys(content)).toEqual(['application/json'])
        }
      }
    })

    it('with shapes under their names, which are all there, and what their fields are', async () => {
      const description = await load()
      const { schemas } = description.components
      expect(Object.keys(schemas).sort()).toEqual(
        ['Attachment', 'Chat', 'Error', 'Message', 'Pagination', 'Participant'].sort(),
      )
      const references = [...JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref)
      expect(new Set(references)).toEqual(
        new Set(Object.keys(schemas).map((name) => `#/components/schemas/${name}`)),
      )
      expect(schemas.Message?.properties.readBy).toMatchObject({
        description: expect.stringContaining('sender first') as string,
      })
    })

    it('with a form for a file, and bodies that may be left out where nothing of them is required', async () => {
      const bodies = new Map(all(await load()).map(({ name, requestBody }) => [name, requestBody]))
      expect(Object.keys(bodies.get('POST /api/chat/{id}/messages/file')?.content ?? {})).toEqual([
        'multipart/form-data',
      ])
      expect(bodies.get('POST /api/chat/support')?.required).toBe(false)
      expect(bodies.get('POST /api/chat')?.required).toBe(true)
    })

    it('with both ways to sign in, on a page too', async () => {
      const { components, security } = await load()
      expect(security).toEqual([{ token: [] }, { session: [], csrf: [] }])
      expect(Object.keys(components.securitySchemes)).toEqual(['token', 'session', 'csrf'])
      const page = await rooms.server.app.inject('/docs/rooms/')
      expect([page.statusCode, page.headers['content-type']]).toEqual([
        200,
        expect.stringMatching(/^text\/html/),
      ])
    })
  })

  it.each(['GET /', 'GET /nothing', 'DELETE /1', 'PUT /1/info', 'POST /1/messages/1', 'GET /%ff'])(
    'finds nothing at %s',
    async (what) => {
      refusal(await rooms.request({ what, headers: {} }), 'unauthenticated')
      const { token } = await rooms.person()
      refusal(await rooms.request({ what, headers: { authorization: `Bearer ${token}` } }), 'not_found')
    },
  )

  it('answers who asks too often when to come back', async () => {
    const [hasty, patient] = [await rooms.person(), await rooms.person()]
    for (let n = 0; n < 5; n++) expect((await rooms.ask(hasty, 'GET /stats')).status).toBe(200)
    const reply = await rooms.ask(hasty, 'GET /stats')
    refusal(reply, 'rate_limited')
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
    expect((await rooms.ask(patient, 'GET /stats')).status).toBe(200)
  })
})
