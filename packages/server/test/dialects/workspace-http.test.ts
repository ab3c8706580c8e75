import { problemSchema } from '@parley/wire/workspace'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { exact, openWorkspace, problem } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'
import { operations, setScene } from '../support/workspace-operations.ts'

interface Description {
  openapi: string
  paths: Record<string, Record<string, DescribedOperation>>
  components: { schemas: object; securitySchemes: object }
  security: object[]
  servers: object[]
}

interface DescribedOperation {
  operationId: string
  summary: string
  tags: string[]
  parameters?: { name: string; in: string }[]
  requestBody?: { required: boolean }
  responses: Record<string, { description: string; content?: object }>
}

const jsonOf = (properties: object) => ({ content: { 'application/json': { schema: { properties } } } })

eachStore('the workspace over HTTP', (database) => {
  let workspace: Workspace
  let person: Person

  beforeAll(async () => {
    workspace = await openWorkspace(database(), { PARLEY_RATE_LIMIT: '20' })
    person = await workspace.person()
  })
  afterAll(() => workspace.close())

  describe('describes itself', () => {
    async function load(): Promise<Description> {
      const reply = await workspace.server.app.inject({ url: '/openapi/workspace.json' })
      expect(reply.statusCode).toBe(200)
      return reply.json()
    }

    const all = ({ paths }: Description) =>
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
      )

    it('by the operations and paths of the document, all of them POST', async () => {
      const description = await load()
      expect(description.openapi).toMatch(/^3\.1\./)
      const ids = Object.fromEntries(all(description).map(({ operationId, path }) => [operationId, path]))
      const scene = await setScene(workspace)
      for (const [id, { path }] of Object.entries(operations)) {
        expect(ids[id]).toBe(path(scene).replace(/\/\d+\//, '/{id}/'))
      }
      expect(Object.keys(ids).sort()).toEqual(Object.keys(operations).sort())
      expect(new Set(all(description).map(({ method }) => method))).toEqual(new Set(['post']))
    })

    it('with a summary, a tag, and every refusal that the operation may give', async () => {
      for (const { operationId, path, summary, tags, requestBody, responses } of all(await load())) {
        expect(summary).not.toBe('')
        expect(tags).toEqual([
          path.startsWith('/chat') ? 'Chat' : path.startsWith('/realtime') ? 'Realtime' : 'Presence',
        ])
        const refusals = Object.keys(responses).filter((status) => Number(status) >= 400)
        expect([operationId, refusals]).toEqual([operationId, expect.arrayContaining(['401', '403', '429'])])
        expect(refusals.includes('422')).toBe(requestBody !== undefined)
        if (operations[operationId]?.statuses.stranger === 404) expect(refusals).toContain('404')
        for (const [status, { description, content = {} }] of Object.entries(responses)) {
          expect(description).not.toMatch(/^(Default Response|)$/)
          const type = Number(status) < 400 ? 'application/json' : 'application/problem+json'
          expect(Object.keys(content)).toEqual(status === '204' ? [] : [type])
        }
      }
    })

    it('with a body that may be left out where nothing of it is required', async () => {
      const bodies = all(await load()).flatMap(({ operationId, requestBody }) =>
        requestBody ? [[operationId, requestBody.required] as const] : [],
      )
      for (const [operationId, required] of bodies) {
        const scene = await setScene(workspace)
        const { path, statuses } = operations[operationId] ?? expect.fail(operationId)
        const reply = await workspace.call(scene.owner, path(scene))
        const status = required ? 422 : statuses.owner
        expect([operationId, reply.status]).toEqual([operationId, status])
      }
      expect(new Set(bodies.map(([, required]) => required))).toEqual(new Set([true, false]))
    })

    it('with shapes under their names, which are all there', async () => {
      const description = await load()
      const named = Object.keys(description.components.schemas).sort()
      expect(named).toEqual(['Attachment', 'Conversation', 'Message', 'Preferences', 'Problem'])
      const references = [...JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref)
      expect(new Set(references)).toEqual(new Set(named.map((name) => `#/components/schemas/${name}`)))
    })

    it('with where the server is, and how long a text may be', async () => {
      const description = await load()
      expect(description.servers).toEqual([{ url: 'https://chat.example.com' }])
      const body = (path: string) => description.paths[path]?.['post']?.requestBody
      expect(body('/chat/messages/send')).toMatchObject(
        jsonOf({ content: { maxLength: 10_000 }, clientMsgId: { minLength: 1, maxLength: 255 } }),
      )
      expect(body('/chat/conversations/create')).toMatchObject(
        jsonOf({ name: { minLength: 1, maxLength: 255 }, description: { maxLength: 4000 } }),
      )
    })

    it('with both ways to sign in', async () => {
      const { components, security } = await load()
      expect(security).toEqual([{ token: [] }, { session: [], csrf: [] }])
      expect(Object.keys(components.securitySchemes)).toEqual(['token', 'session', 'csrf'])
    })

    it('on a page', async () => {
      const page = await workspace.server.app.inject({ url: '/docs/workspace/' })
      expect([page.statusCode, page.headers['content-type']]).toEqual([
        200,
        expect.stringMatching(/^text\/html/),
      ])
    })
  })

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'] as const)('takes no %s, whoever asks', async (method) => {
    for (const url of ['/chat/conversations/list', '/realtime/token', '/presence/heartbeat']) {
      const reply = await workspace.server.app.inject({ method, url })
      expect([reply.statusCode, reply.headers.allow]).toEqual([405, 'POST'])
      expect(exact(problemSchema, reply.json()).type).toBe('/problems/method-not-allowed')
    }
  })

  it.each(['/chat', '/chat/', '/chat/nothing', '/realtime/tokens', '/presence/%ff'])(
    'finds nothing under %s',
    async (path) => {
      const reply = await workspace.request(path, {})
      expect(reply.status).toBe(404)
      problem(reply, '/problems/not-found')
    },
  )

  it.each([
    ['no JSON', '{"type":', 'application/json', 'not valid JSON'],
    ['another type', 'type=group', 'application/x-www-form-urlencoded', 'must be application/json'],
    ['a list', '[]', 'application/json', 'must be an object'],
    ['a text', '"group"', 'application/json', 'must be an object'],
    [
      'more than 512 KB',
      JSON.stringify({ type: 'group', name: 'x'.repeat(600_000) }),
      'application/json',
      'must have at most 524288 bytes',
    ],
  ])('refuses a body that is %s', async (_, payload, type, words) => {
    const reply = await workspace.server.app.inject({
      method: 'POST',
      url: '/chat/conversations/create',
      headers: { authorization: `Bearer ${person.token}`, 'content-type': type },
      payload,
    })
    const body: unknown = reply.json()
    const errors = problem({ status: reply.statusCode, headers: reply.headers, body }, '/problems/invalid')
    expect(errors).toEqual({ body: [expect.stringContaining(words)] })
  })

  it('takes 10,000 emoji, however they are written', async () => {
    const { id: conversationId } = await workspace.conversation(person, { type: 'group' })
    const { content } = await workspace.send(person, conversationId, '😀'.repeat(10_000))
    expect(Array.from(content)).toHaveLength(10_000)
    const reply = await workspace.server.app.inject({
      method: 'POST',
      url: '/chat/messages/send',
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
      payload: `{"conversationId":"${conversationId}","content":"${'\\ud83d\\ude00'.repeat(10_000)}"}`,
    })
    expect(reply.statusCode).toBe(201)
  })

  it('answers who asks too often when to come back', async () => {
    const hasty = await workspace.person()
    const ask = () => workspace.call(hasty, '/presence/heartbeat')
    for (let n = 0; n < 20; n++) expect((await ask()).status).toBe(204)
    const reply = await ask()
    expect(reply.status).toBe(429)
    expect(problem(reply, '/problems/rate-limited')).toBeUndefined()
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
    expect((await workspace.call(await workspace.person(), '/presence/heartbeat')).status).toBe(204)
  })
})
