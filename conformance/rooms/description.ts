import { describe, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import { pairOf, refusal, type Friends } from '../support/friends.ts'
import { request } from '../support/http.ts'
import { operations } from './operations.ts'

export function description(friends: Friends, chat: Chat) {
  describe('GET /openapi/rooms.json', () => {
    test('is OpenAPI 3.1, with every operation at its place, and no other', () => {
      const { document, operations: described } = friends.api()
      expect(document['openapi']).toMatch(/^3\.1\.\d+$/)
      const places = [...described].map(([id, { method, path }]) => [id, `${method} ${path}`])
      const expected = Object.entries(operations).map(([id, { method, path }]) => [id, `${method} ${path}`])
      expect(Object.fromEntries(places)).toEqual(Object.fromEntries(expected))
    })

    test('refers to nothing that is not there, and says how each operation refuses', () => {
      const { document, operations: described } = friends.api()
      for (const [, path = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
        const step = (node: unknown, key: string) => (node as Record<string, unknown> | undefined)?.[key]
        expect(path.split('/').reduce<unknown>(step, document), path).toBeDefined()
      }
      for (const { operationId, path, requestBody, responses } of described.values()) {
        const body = requestBody ? ['400', '413', '415'] : []
        const expected = ['401', '403', '429', ...body, ...(path.includes('{id}') ? ['404'] : [])]
        expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(expected))
      }
    })

    test('has a reference page', async () => {
      const page = await request('GET', `${chat.server().url}/docs/rooms/`)
      expect(page.status).toBe(200)
      expect(page.bytes.toString()).toContain('/openapi/rooms.json')
    })
  })

  test('what is no JSON is 400, of another kind 415, too large 413, and no operation 404, all in the envelope', async () => {
    const [anna, boris] = await friends.friends(2)
    const { _id } = await pairOf(anna, boris)
    const url = `${chat.server().url}/api/chat/${_id}/messages`
    const post = (type: string, raw: string) =>
      request('POST', url, { headers: { ...anna.headers, 'content-type': type }, raw })
    refusal(await post('application/json', '{'), 400, 'invalid')
    refusal(await post('application/json', '[]'), 400, 'invalid')
    for (const type of ['application/xml', 'text/plain'])
      refusal(await post(type, '<content/>'), 415, 'unsupported_type')
    const large = JSON.stringify({ content: 'x'.repeat(2_000_000) })
    refusal(await post('application/json', large), 413, 'too_large')
    const { headers } = anna
    for (const path of ['/api/chat/nothing', '/api/chat/1/2/3', `/api/chat/${_id}`])
      refusal(await request('GET', chat.server().url + path, { headers }), 404, 'not_found')
  })

  test('fields that it does not know are ignored', async () => {
    const [anna, boris] = await friends.friends(2)
    const input = { participantIds: [boris.id], unheardOf: true }
    expect((await anna.call('createChat', input)).status).toBe(201)
  })
}
