import { describe, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import { request } from '../support/http.ts'
import { vendorUrl } from '../support/person.ts'

interface Operation {
  summary?: string
  parameters?: { name: string; in: string; required?: boolean }[]
  requestBody?: { content: Record<string, { schema: unknown }> }
  responses: Record<string, { description: string; content?: Record<string, { schema?: unknown }> }>
}

interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
}

const VENDOR_ROUTES: Record<string, string> = {
  'get /api/vendor/conversations': '200',
  'post /api/vendor/conversations': '201',
  'get /api/vendor/conversations/unread-count': '200',
  'get /api/vendor/conversations/{id}': '200',
  'delete /api/vendor/conversations/{id}': '200',
  'get /api/vendor/conversations/{id}/messages': '200',
  'post /api/vendor/conversations/{id}/messages': '201',
  'post /api/vendor/conversations/{id}/messages/image': '201',
  'get /api/vendor/conversations/{id}/messages/search': '200',
  'post /api/vendor/conversations/{id}/read': '200',
  'post /api/vendor/conversations/{id}/delivered': '200',
  'post /api/vendor/conversations/{id}/typing': '200',
  'get /api/vendor/messages/search': '200',
  'get /api/vendor/users/{id}/online': '200',
}

export function openapi(chat: Chat) {
  async function load(): Promise<Document> {
    const reply = await request('GET', `${chat.server().url}/openapi/marketplace.json`)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
    // The tests below check what they use of it.
    return reply.body as Document
  }

  const operations = (document: Document) =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method} ${path}`,
        operation,
      ]),
    )

  describe('GET /openapi/marketplace.json', () => {
    test('is OpenAPI 3.1 and lists every route of the dialect, and no other', async () => {
      const document = await load()
      expect(document.openapi).toMatch(/^3\.1\.\d+$/)
      expect(document.info).toMatchObject({
        title: expect.any(String) as string,
        version: expect.any(String) as string,
      })
      const listed = operations(document).map(([route]) => route)
      const expected = [...Object.keys(VENDOR_ROUTES), 'post /api/centrifugo/connect']
      expect(listed.sort()).toEqual(expected.sort())
    })

    test('describes parameters, bodies, the success and the errors of each', async () => {
      const found = Object.fromEntries(operations(await load()))
      for (const [route, success] of Object.entries(VENDOR_ROUTES)) {
        const operation = found[route]
        const [method = '', path = ''] = route.split(' ')
        expect(operation?.responses[success]?.content?.['application/json']?.schema, route).toBeDefined()
        expect(Object.keys(operation?.responses ?? {}), route).toEqual(expect.arrayContaining(['401', '429']))
        for (const response of Object.values(operation?.responses ?? {}))
          expect(response.description).not.toBe('')
        const parameters =
          operation?.parameters?.map((parameter) => `${parameter.in} ${parameter.name}`) ?? []
        if (path.includes('{id}')) expect(parameters, route).toContain('path id')
        if (path.endsWith('/search')) expect(parameters, route).toContain('query q')
        if (method === 'get' && /(messages|conversations|search)$/.test(path)) {
          expect(parameters, route).toEqual(expect.arrayContaining(['query limit', 'query cursor']))
        }
        if (method === 'post' && /(messages|conversations|delivered)$/.test(path)) {
          expect(operation?.requestBody?.content['application/json']?.schema, route).toBeDefined()
        }
      }
      const upload = found['post /api/vendor/conversations/{id}/messages/image']
      expect(upload?.requestBody?.content['multipart/form-data']?.schema).toBeDefined()
    })

    test('refers to nothing that is not there', async () => {
      const document = await load()
      const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)]
      for (const [, path = ''] of references) {
        const target = path
          .split('/')
          .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], document)
        expect(target, path).toBeDefined()
      }
    })
  })

  describe('around the dialect', () => {
    test('serves a reference page', async () => {
      const reply = await request('GET', `${chat.server().url}/docs/marketplace`)
      const page = [301, 302, 307, 308].includes(reply.status)
        ? await request(
            'GET',
            new URL(
              reply.headers.get('location') ?? '',
              reply.headers.get('location') ? `${chat.server().url}/docs/` : undefined,
            ).href,
          )
        : reply
      expect(page.status).toBe(200)
      expect(page.headers.get('content-type')).toMatch(/^text\/html/)
      expect(page.bytes.toString()).toContain('/openapi/marketplace.json')
    })

    test('says that it is alive and ready', async () => {
      for (const path of ['/health', '/health/ready']) {
        expect((await request('GET', chat.server().url + path)).status).toBe(200)
      }
    })

    test('sends answers that no cache keeps and no browser guesses about, errors included', async () => {
      const person = await chat.person()
      for (const reply of [
        await person.get('/conversations'),
        await person.get('/conversations/999999999'),
        await request('GET', vendorUrl(chat.server(), '/conversations')),
      ]) {
        expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
        expect(reply.headers.get('cache-control')).toMatch(/no-store/)
        expect(reply.headers.get('x-powered-by')).toBeNull()
      }
    })

    test('lets no foreign page read answers with the cookie of the reader', async () => {
      const person = await chat.person()
      const headers = { origin: 'https://evil.example' }
      const reply = await person.request('GET', '/conversations', { headers })
      expect(reply.headers.get('access-control-allow-origin')).not.toBe('https://evil.example')
      expect(reply.headers.get('access-control-allow-origin')).not.toBe('*')
    })
  })
}
