import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { serveReference } from '../../src/http/reference.ts'

it('leads to the page of an API, which names its description and loads its script', async () => {
  const app = Fastify()
  serveReference(app, { name: 'chat', title: 'Chat', url: '/openapi/chat.json' })
  expect((await app.inject('/docs/chat')).headers.location).toBe('/docs/chat/')
  const page = await app.inject('/docs/chat/')
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(page.body).toContain('<title>Chat</title>')
  expect(page.body).toContain('/openapi/chat.json')
  expect(page.body).toContain('src="js/scalar.js"')
  const script = await app.inject('/docs/chat/js/scalar.js')
  expect(script.headers['content-type']).toBe('application/javascript; charset=utf-8')
  expect(script.body).toContain('createApiReference')
  await app.close()
})
