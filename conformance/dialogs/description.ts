import { expect, test } from 'vitest'
import { loadDescription } from '../support/described-api.ts'
import { request } from '../support/http.ts'
import { refusal } from './guest.ts'
import { SITE, type House } from './house.ts'
import { operations } from './operations.ts'

const managed = [
  'POST /dialogs',
  'POST /dialogs/search',
  'GET /dialogs/{id}',
  'DELETE /dialogs/{id}',
  'POST /dialogs/{id}/participants',
  'DELETE /dialogs/{id}/participants/{user_id}',
  'PUT /dialogs/{id}/access-scopes',
]

/** As the table of endpoints writes a request. */
const written = (what: string) =>
  what
    .replace(/\?.*/, '')
    .replace(':object_type/:object_id', '{type}/{id}')
    .replace(/:(message|own)$/, '{message_id}')
    .replace(':id', '{id}')

export function description(house: House) {
  test('is OpenAPI 3.1, with every operation at its place, and no other', async () => {
    const { document, operations: described } = await loadDescription(house.url, '/openapi/dialogs.json')
    expect(document['openapi']).toMatch(/^3\.1\./)
    const found = [...described.values()].map(({ method, path }) => `${method} ${path}`)
    const expected = [
      ...operations.map(({ what }) => written(what).replace(' ', ' /api/v1')),
      'GET /api/v1/attachments/{id}/url',
      ...managed.map((what) => what.replace(' ', ' /api/v1/management')),
    ]
    expect(found.sort()).toEqual([...new Set(expected)].sort())
    const text = JSON.stringify(document)
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(Object.keys((document['components'] as { schemas: object }).schemas)).toContain(name)
    const page = await request('GET', `${house.url()}/docs/dialogs/`)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  })

  test('a body that is no JSON is 400, of another kind 415, too large 413, an unknown path 404', async () => {
    const anna = await house.guest()
    const { id } = await house.open([anna])
    const post = (type: string, raw: string) =>
      request('POST', `${house.url()}/api/v1/dialogs/${id}/messages?user_id=${anna.id}`, {
        headers: { authorization: `Bearer ${anna.token}`, 'content-type': type },
        raw,
      })
    refusal(await post('application/json', '{"content":'), 'VALIDATION_ERROR')
    refusal(await post('application/json', '"text"'), 'VALIDATION_ERROR')
    for (const type of ['application/xml', 'text/plain'])
      refusal(await post(type, '<content/>'), 'UNSUPPORTED_MEDIA_TYPE')
    refusal(
      await post('application/json', JSON.stringify({ content: 'x'.repeat(1024 * 1024) })),
      'PAYLOAD_TOO_LARGE',
    )
    refusal(await anna.call('GET /nothing'), 'NOT_FOUND')
    refusal(await anna.call(`POST /dialogs/${id}/explode`), 'NOT_FOUND')
  })

  test('a page of the site may ask before it signs in; a page of another may not', async () => {
    const ask = async (origin: string) => {
      const headers = {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'authorization,content-type,x-scope-config,idempotency-key',
      }
      const url = `${house.url()}/api/v1/dialogs/x/messages/y?user_id=anna`
      return (await request('OPTIONS', url, { headers })).headers
    }
    const mine = await ask(SITE)
    expect(mine.get('access-control-allow-origin')).toBe(SITE)
    for (const name of ['authorization', 'content-type', 'x-scope-config', 'idempotency-key'])
      expect(mine.get('access-control-allow-headers')?.toLowerCase()).toContain(name)
    expect(mine.get('access-control-allow-methods')).toContain('PUT')
    expect((await ask('https://evil.example')).get('access-control-allow-origin')).toBeNull()
  })

  test('/health and /health/ready say how the server is', async () => {
    const health = await request('GET', `${house.url()}/health`)
    expect([health.status, health.body]).toEqual([
      200,
      { status: 'ok', version: expect.any(String) as string },
    ])
    expect((await request('GET', `${house.url()}/health/ready`)).body).toEqual({ status: 'ready' })
  })
}
